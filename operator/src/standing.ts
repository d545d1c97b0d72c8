import type { Logger, ReadyCheck } from "@sre-agent/frame";
import { isKubeError, type KindRef } from "@sre-agent/kube";

/** Whether this replica does, or could do, its work; told to the readiness check, and to the log when it changes. */
export interface Standing {
  /** The API server could not say who holds the Lease. */
  leaseFailed(error: unknown): void;
  /** It could, whoever holds it: a replica that waits for its turn is ready. */
  leaseAnswered(): void;
  /** A watch of one of our own kinds failed; it is tried again. */
  watchFailed(kind: KindRef, error: unknown): void;
  /** Begins a term as leader. The returned function looks at the watches anew; `end` is called when the term is over. */
  lead(watches: Watches): { look(): void; end(): void };
}

type Watches = () => readonly {
  readonly kind: string;
  /** ms since the epoch; 0 before the first answer. */
  readonly lastSeenMs: number;
}[];

export interface StandingOptions {
  readonly check: ReadyCheck;
  readonly logger: Logger;
  readonly clock: { now(): number };
}

/** Bookmarks come about once a minute, and a watch that is silent for two is opened anew. */
const SILENT_MS = 180_000;

interface Failure {
  readonly atMs: number;
  readonly reason: string;
}

export function createStanding({ check, logger, clock }: StandingOptions): Standing {
  const failures = new Map<string, Failure>();
  let lease: string | undefined = "The API server was not asked for the Lease yet.";
  let watches: Watches | undefined;
  let told: string | undefined = "";

  function tell(): void {
    const reason = lease ?? faultOf(watches?.() ?? [], failures, clock.now());
    if (reason === undefined) check.pass();
    else check.fail(reason);
    if (reason === told) return;
    told = reason;
    if (reason === undefined) logger.info("ready");
    else logger.warn("not ready; it is tried again", { reason });
  }

  return {
    leaseFailed(error) {
      lease = `The API server does not answer for the Lease: ${textOf(error)}`;
      tell();
    },
    leaseAnswered() {
      lease = undefined;
      tell();
    },
    watchFailed(kind, error) {
      failures.set(kind.kind, { atMs: clock.now(), reason: reasonOf(kind, error) });
      tell();
    },
    lead(current) {
      failures.clear();
      watches = current;
      return {
        look: tell,
        end() {
          watches = undefined;
          tell();
        },
      };
    },
  };
}

/** The first thing that is wrong with the watches; a failure is over as soon as the watch heard something after it. */
function faultOf(
  watches: ReturnType<Watches>,
  failures: ReadonlyMap<string, Failure>,
  now: number,
): string | undefined {
  for (const { kind, lastSeenMs } of watches) {
    const failure = failures.get(kind);
    if (failure !== undefined && failure.atMs >= lastSeenMs) return failure.reason;
    if (lastSeenMs === 0) return `${kind} was not listed yet.`;
    if (now - lastSeenMs > SILENT_MS)
      return `The API server told nothing of ${kind} for ${SILENT_MS / 60_000} minutes.`;
  }
  return undefined;
}

function reasonOf({ apiVersion, kind }: KindRef, error: unknown): string {
  if (isKubeError(error, "UNKNOWN_KIND", "NOT_FOUND")) {
    return `The API server does not serve ${kind} of ${apiVersion}. Install the kinds: sre-agent crds apply`;
  }
  if (!isKubeError(error, "FORBIDDEN")) return `${kind}: ${textOf(error)}`;
  return `${kind}: ${textOf(error)} The operator needs get, list and watch of it: kubectl apply -f deploy/manifests/20-rbac.yaml`;
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
