import { API_VERSION, INVESTIGATION } from "@sre-agent/crds";
import { isKubeError, type RecordWriter, type Store } from "@sre-agent/kube";
import type { KnownRun } from "./investigations/known-run.ts";
import { currentLimits, type Limits } from "./policy.ts";
import type { OpenIncident } from "./triggers/roots.ts";

/** What is kept of an SreTrigger. */
export interface KnownTrigger {
  readonly uid: string;
  readonly generation: number;
  readonly historyLimit: number;
  readonly suspended: boolean;
  /** Its open incidents: their runs are kept, or the incident would start again. */
  readonly open: readonly OpenIncident[];
}

export interface RetentionOptions {
  readonly runs: Store<KnownRun>;
  readonly triggers: Store<KnownTrigger>;
  readonly policies: Store<Limits>;
  readonly recordWriter: Pick<RecordWriter, "delete">;
  readonly clock: { now(): number };
}

/** Deleted in one pass at most; the next pass goes on. */
const MAX_DELETES = 50;

/** Deletes finished runs that are too old or too many; their transcripts go with them. Tells how many. */
export async function pruneRuns({ recordWriter, ...known }: RetentionOptions): Promise<number> {
  const surplus = surplusRuns(known).slice(0, MAX_DELETES);
  for (const { namespace, name, uid } of surplus) {
    const ref = { apiVersion: API_VERSION, kind: INVESTIGATION.kind, namespace, name };
    await recordWriter.delete(ref, { uid }).catch((error: unknown) => {
      if (!isKubeError(error, "NOT_FOUND", "CONFLICT")) throw error;
    });
  }
  return surplus.length;
}

function surplusRuns({ runs, triggers, policies, clock }: Omit<RetentionOptions, "recordWriter">): readonly KnownRun[] {
  const oldestMs = clock.now() - currentLimits(policies).keepInvestigationsMs;
  const kept = new Set(
    triggers.keys().flatMap((key) => {
      const namespace = key.slice(0, key.indexOf("/"));
      return (triggers.get(key)?.open ?? []).map(({ investigation }) => `${namespace}/${investigation}`);
    }),
  );
  const finished = runs
    .list()
    .filter(({ complete, namespace, name }) => complete && !kept.has(`${namespace}/${name}`))
    .toSorted((left, right) => endOf(right) - endOf(left));
  const seen = new Map<string, number>();
  return finished.filter((run) => {
    const rank = (seen.get(run.trigger?.uid ?? "") ?? 0) + 1;
    seen.set(run.trigger?.uid ?? "", rank);
    return endOf(run) < oldestMs || rank > limitFor(run, triggers);
  });
}

function endOf({ completedAtMs, createdAt }: KnownRun): number {
  return completedAtMs ?? Date.parse(createdAt);
}

/** Runs of a person, and of a trigger that is gone, go by age alone. */
function limitFor({ namespace, trigger }: KnownRun, triggers: Store<KnownTrigger>): number {
  if (trigger === undefined) return Number.POSITIVE_INFINITY;
  const known = triggers.get(`${namespace}/${trigger.name}`);
  return known?.uid === trigger.uid ? known.historyLimit : Number.POSITIVE_INFINITY;
}
