import {
  API_VERSION,
  INVESTIGATION,
  isComplete,
  REMEDIATION,
  type SreInvestigation,
  type SreRemediation,
  type TranscriptEntry,
} from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { type Clock, isKubeError, type KubeObject, type Reader } from "@sre-agent/kube";

const POLL_MS = 150;

export interface FollowOptions {
  readonly reader: Reader;
  readonly namespace: string;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly withinMs: number;
}

/** The first investigation of the namespace that `accept` likes, looked for until the time is over. */
async function untilInvestigation(
  options: FollowOptions,
  what: string,
  accept: (investigation: SreInvestigation) => boolean,
): Promise<SreInvestigation> {
  const { reader, namespace, signal } = options;
  return until(options, what, async () => {
    const kind = { apiVersion: API_VERSION, kind: INVESTIGATION.kind };
    const { items } = await reader.list<KubeObject & SreInvestigation>(kind, { namespace, signal });
    return items.find((item) => item.status?.phase !== undefined && accept(item));
  });
}

/** The investigation when it has ended, telling each new step of its transcript on the way. */
export function untilEnded(
  options: FollowOptions,
  onEntry: (entry: TranscriptEntry) => void,
): (accept: (investigation: SreInvestigation) => boolean, what: string) => Promise<SreInvestigation> {
  let told = -1;
  return (accept, what) =>
    untilInvestigation(options, what, (investigation) => {
      for (const entry of investigation.status?.transcript ?? []) {
        if (entry.seq <= told) continue;
        told = entry.seq;
        onEntry(entry);
      }
      return accept(investigation) || isComplete(investigation.status?.conditions);
    });
}

/** The record behind an investigation, when it is in a phase that `accept` likes. */
export async function untilRemediation(
  options: FollowOptions,
  name: string,
  accept: (remediation: SreRemediation) => boolean,
): Promise<SreRemediation> {
  const { reader, namespace, signal } = options;
  const ref = { apiVersion: API_VERSION, kind: REMEDIATION.kind, namespace, name };
  return until(options, `remediation ${name}`, async () => {
    const remediation = await reader.get<KubeObject & SreRemediation>(ref, { signal });
    return accept(remediation) ? remediation : undefined;
  });
}

/** Looks again and again. @throws UserError when it does not come in time. */
export async function until<T>(
  { clock, signal, withinMs }: Pick<FollowOptions, "clock" | "signal" | "withinMs">,
  what: string,
  look: () => Promise<T | undefined>,
): Promise<T> {
  const deadline = clock.now() + withinMs;
  while (clock.now() < deadline) {
    const found = await look().catch(ignoreMissing);
    if (found !== undefined) return found;
    await clock.sleep(POLL_MS, signal);
  }
  throw new UserError(`${what} did not come within ${withinMs / 1000} s.`, {
    nextStep: "Play it again with --verbose: it shows the logs of the four processes.",
  });
}

function ignoreMissing(error: unknown): undefined {
  if (isKubeError(error, "NOT_FOUND")) return undefined;
  throw error;
}
