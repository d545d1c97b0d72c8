import {
  ACTION,
  API_VERSION,
  durationMs,
  isTerminal,
  REMEDIATION,
  remediationPhase,
  type SreAction,
  type SreRemediation,
} from "@sre-agent/crds";
import { isKubeError, type KubeObject } from "@sre-agent/kube";
import { readLedger } from "../facts/ledger.ts";
import { readPolicy } from "../facts/policy.ts";
import type { ActDependencies } from "./step.ts";

const DAY_MS = 24 * 3_600_000;
/** A pass deletes no more; the next one goes on. */
const MAX_DELETES = 500;

/** Deletes ended records older than the SrePolicy's retention. Without a policy none is deleted. Tells how many. */
export async function pruneLedger(dependencies: ActDependencies, signal: AbortSignal): Promise<number> {
  const { reader, records, clock } = dependencies;
  const keepMs = await retentionMs(dependencies, signal);
  if (keepMs === undefined) return 0;
  const old = (await readLedger(reader, signal)).filter((record) => isOlder(record, clock.now() - keepMs));
  const first = old.slice(0, MAX_DELETES);
  for (const { metadata, spec } of first) {
    const { namespace = spec.action.target.namespace, name, uid } = metadata;
    const ref = { apiVersion: API_VERSION, kind: REMEDIATION.kind, namespace, name };
    await records.delete(ref, { uid, signal }).catch((error: unknown) => {
      if (!isKubeError(error, "NOT_FOUND", "CONFLICT")) throw error;
    });
  }
  return first.length;
}

function isOlder({ status }: SreRemediation, thanMs: number): boolean {
  return isTerminal(remediationPhase(status)) && Date.parse(status?.completedAt ?? "") < thanMs;
}

/** Never shorter than what a quota, a cooldown or the breaker still counts. */
async function retentionMs({ reader }: ActDependencies, signal: AbortSignal): Promise<number | undefined> {
  const policy = await readPolicy(reader, signal);
  if (!policy) return undefined;
  const kind = { apiVersion: API_VERSION, kind: ACTION.kind };
  const { items, truncated } = await reader.listAll<SreAction & KubeObject>(kind, { signal });
  // An SreAction that was not seen may count for longer.
  if (truncated) return undefined;
  const cooldowns = items.map(({ spec }) => durationMs(ACTION.spec.parse(spec).cooldown));
  const { retention, breaker } = policy.spec;
  return Math.max(durationMs(retention.remediations), durationMs(breaker.within), DAY_MS, ...cooldowns);
}
