import { createController, createQueue, type Queue, type Requeue } from "@sre-agent/kube";
import { createAdmission } from "./investigations/admission.ts";
import { reconcileInvestigation } from "./investigations/reconcile.ts";
import type { InvestigationDependencies } from "./investigations/step.ts";
import { type Kinds, reflectorsOf, watchKinds } from "./kinds.ts";
import type { OperatorMetrics } from "./metrics.ts";
import { pruneRuns } from "./retention.ts";
import type { Scrub } from "./scrub.ts";
import type { OperatorOptions } from "./start-operator.ts";
import { reconcileTrigger, type TriggerDependencies } from "./triggers/reconcile.ts";
import { createRoots } from "./triggers/roots.ts";
import { createWatchPool } from "./triggers/watch-pool.ts";

export interface Term extends Omit<OperatorOptions, "metrics" | "pseudonym" | "election"> {
  readonly namespaces: readonly string[];
  readonly workers: number;
  readonly metrics: OperatorMetrics;
  readonly scrub: Scrub;
  readonly onReady: () => void;
}

/** A pass may hold many steps of the agent; what is left over goes on in the next one. */
const INVESTIGATION_TIMEOUT_MS = 15 * 60_000;
/** A rollout changes many pods at once: they are looked at together. */
const COALESCE_MS = 100;
const MEASURE_MS = 10_000;
const PRUNE_MS = 5 * 60_000;

interface Knowledge {
  readonly kinds: Kinds;
  readonly queues: Queues;
  /** Judges anew whether all is well with the watches. */
  readonly look: () => void;
}

interface Queues {
  readonly triggers: Queue;
  readonly investigations: Queue;
}

/** One term as leader: knows the cluster first, then works, until `leadership` aborts and all has drained. */
export async function lead(term: Term, leadership: AbortSignal): Promise<void> {
  const { clock } = term;
  const queues = { triggers: createQueue({ clock, maxMs: 60_000 }), investigations: createQueue({ clock }) };
  const kinds = watchKinds({
    watch: term.watch,
    namespaces: term.namespaces,
    triggerQueue: queues.triggers,
    investigationQueue: queues.investigations,
    onError: (kind, error) => term.standing.watchFailed(kind, error),
  });
  const standing = term.standing.lead(() =>
    reflectorsOf(kinds).map(([kind, { lastSeenMs }]) => ({ kind, lastSeenMs })),
  );
  const reflectors = reflectorsOf(kinds).map(([, reflector]) => reflector);
  const watching = Promise.all(reflectors.map((reflector) => reflector.run(leadership)));
  const synced = await Promise.all(reflectors.map((reflector) => reflector.synced)).then(
    () => true,
    () => false,
  );
  if (synced && !leadership.aborted) {
    standing.look();
    term.onReady();
    await work(term, { kinds, queues, look: standing.look }, leadership);
  }
  await watching;
  standing.end();
}

async function work(term: Term, knowledge: Knowledge, leadership: AbortSignal): Promise<void> {
  const { kinds, queues } = knowledge;
  const { watch, clock } = term;
  const pool = createWatchPool({ watch, clock, onChange: (key) => queues.triggers.addAfter(key, COALESCE_MS) });
  const triggerDependencies: TriggerDependencies = {
    ...term,
    pool,
    roots: createRoots(kinds.triggers.store),
    runs: kinds.runs.store,
  };
  const investigationDependencies: InvestigationDependencies = {
    ...term,
    admission: createAdmission({ runs: kinds.runs.store, policies: kinds.policies.store, clock }),
    approvals: kinds.approvals.store,
    policies: kinds.policies.store,
    stopping: leadership,
  };
  const triggers = controllerOf(term, "trigger", {
    queue: queues.triggers,
    workers: 2,
    reconcile: (key, signal) => reconcileTrigger(triggerDependencies, key, signal),
  });
  const investigations = controllerOf(term, "investigation", {
    queue: queues.investigations,
    workers: term.workers,
    timeoutMs: INVESTIGATION_TIMEOUT_MS,
    reconcile: (key, signal) => reconcileInvestigation(investigationDependencies, key, signal),
  });
  await Promise.all([
    triggers.run(leadership),
    investigations.run(leadership),
    repeat(term, { everyMs: MEASURE_MS, run: () => measure(term, knowledge) }, leadership),
    repeat(term, { everyMs: PRUNE_MS, run: () => prune(term, kinds) }, leadership),
  ]);
  pool.stop();
}

interface Work {
  readonly queue: Queue;
  readonly workers: number;
  readonly timeoutMs?: number;
  readonly reconcile: (key: string, signal: AbortSignal) => Promise<Requeue>;
}

function controllerOf({ clock, logger }: Term, what: string, options: Work) {
  return createController({
    ...options,
    clock,
    onError: (key, error, retryInMs) => {
      const namespace = key.slice(0, key.indexOf("/"));
      logger.warn(`the ${what} could not be reconciled`, { namespace, resource: key, error, retryInMs });
    },
  });
}

interface Periodic {
  readonly everyMs: number;
  readonly run: () => Promise<void>;
}

async function repeat({ clock, logger }: Term, { everyMs, run }: Periodic, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await run().catch((error: unknown) => logger.warn("a periodic task failed", { error }));
    await clock.sleep(everyMs, signal).catch(() => undefined);
  }
}

async function measure({ clock, metrics }: Term, { kinds, queues, look }: Knowledge): Promise<void> {
  look();
  metrics.phases(kinds.runs.store.list().map(({ phase }) => phase));
  metrics.openIncidents(kinds.triggers.store.list().reduce((sum, { open }) => sum + open.length, 0));
  metrics.queueDepth("triggers", queues.triggers.size);
  metrics.queueDepth("investigations", queues.investigations.size);
  for (const [kind, { lastSeenMs }] of reflectorsOf(kinds)) {
    metrics.watchAge(kind, Math.max(0, clock.now() - lastSeenMs) / 1000);
  }
}

async function prune({ recordWriter, clock, logger }: Term, kinds: Kinds): Promise<void> {
  const deleted = await pruneRuns({
    runs: kinds.runs.store,
    triggers: kinds.triggers.store,
    policies: kinds.policies.store,
    recordWriter,
    clock,
  });
  if (deleted > 0) logger.info("finished investigations deleted", { deleted });
}
