import {
  API_VERSION,
  APPROVAL,
  type Denial,
  deny,
  INVESTIGATION,
  LEASES,
  REMEDIATION,
  type SreApproval,
} from "@sre-agent/crds";
import {
  type Clock,
  type Connection,
  createController,
  createLeaseElection,
  createQueue,
  createReflector,
  type KubeObject,
  type LeaseDurations,
  type Queue,
} from "@sre-agent/kube";
import { pruneLedger } from "./prune.ts";
import { createRemediationReconciler } from "./reconciler.ts";
import type { StoredRemediation } from "./status.ts";
import type { ActDependencies } from "./step.ts";

/** Name of the Lease: one act controller in a cluster, and with it one writer of SreRemediation.status. */
export const ACT_LEASE = LEASES.act;

export interface ActControllerDependencies extends ActDependencies {
  readonly connection: Connection;
  readonly lease: { readonly namespace: string; readonly identity: string; readonly durations?: LeaseDurations };
  /** 0 ≤ x < 1. */
  readonly random: () => number;
}

export interface ActController {
  /** Waits for the lease and works while it is held, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>;
  /** Idempotent; NOT_LEADER on a replica that waits. Permits nothing: the approval does. */
  requestExecution(namespace: string, name: string, digest: string): Denial | null;
  readonly leading: boolean;
}

export function createActController(dependencies: ActControllerDependencies): ActController {
  const { connection, clock, log, lease } = dependencies;
  const reconciler = createRemediationReconciler(dependencies);
  const onError = (error: unknown) => log.warn("the act controller goes on after a failure", { error });
  const election = createLeaseElection({ connection, clock, onError, name: ACT_LEASE, ...lease });
  let queue: Queue | undefined;

  async function lead(leadership: AbortSignal, stop: AbortSignal): Promise<void> {
    const lost = lostLease(leadership, stop);
    const current = createQueue({ clock, maxMs: 60_000 });
    queue = current;
    const controller = createController({
      queue: current,
      clock,
      // One at a time: quotas and open transactions are counted before a write and hold until it is on record.
      workers: 1,
      reconcile: (key, signal) => reconciler.reconcile(key, AbortSignal.any([signal, lost])),
      onError: (key, error, retryInMs) =>
        log.warn("a remediation could not be reconciled", { resource: key, error, retryInMs }),
    });
    const watches = watchInto(current, { dependencies, onError });
    await Promise.all([
      controller.run(leadership),
      ...watches.map(({ reflector }) => reflector.run(leadership)),
      repeated(clock, { everyMs: MEASURE_MS, signal: leadership }, async () => measure(dependencies, current, watches)),
      repeated(clock, { everyMs: PRUNE_MS, signal: leadership }, () => prune(dependencies, leadership)),
    ]);
    dependencies.metrics.leading(false);
    queue = undefined;
  }

  return {
    run: (signal) => election.run(signal, (leadership) => lead(leadership, signal)),
    requestExecution(namespace, name, digest) {
      if (!election.leading) return deny("NOT_LEADER", "This replica waits for the lease.");
      reconciler.requestExecution(namespace, name, digest);
      queue?.add(`${namespace}/${name}`);
      return null;
    },
    get leading() {
      return election.leading;
    },
  };
}

/** Aborts when the lease is lost, and not when we are stopped: then the lease is held until the pass under way has ended. */
function lostLease(leadership: AbortSignal, stop: AbortSignal): AbortSignal {
  const lost = new AbortController();
  const onEnd = () => {
    if (!stop.aborted) lost.abort(leadership.reason);
  };
  leadership.addEventListener("abort", onEnd, { once: true });
  return lost.signal;
}

interface Watching {
  readonly dependencies: ActControllerDependencies;
  readonly onError: (error: unknown) => void;
}

/** What a change of each kind makes worth a look: the record itself, the approved record, the records of a run. */
function watchInto(queue: Queue, { dependencies, onError }: Watching) {
  const { connection, clock, random } = dependencies;
  const common = { connection, clock, random, onError };
  const records = createReflector<{ readonly run: string | undefined }, StoredRemediation>({
    ...common,
    kind: { apiVersion: API_VERSION, kind: REMEDIATION.kind },
    project: ({ spec }) => ({ run: spec.runRef?.name }),
    onChange: (key) => queue.add(key),
  });
  const approvals = createReflector<string, SreApproval & KubeObject>({
    ...common,
    kind: { apiVersion: API_VERSION, kind: APPROVAL.kind },
    project: ({ metadata, spec }) => `${metadata.namespace}/${spec.remediationRef.name}`,
    onChange: (_key, old, now) => queue.add(now ?? old ?? ""),
  });
  const investigations = createReflector<true>({
    ...common,
    kind: { apiVersion: API_VERSION, kind: INVESTIGATION.kind },
    project: () => true,
    onChange: (key) => {
      const [namespace, name] = key.split("/");
      const inNamespace = records.store.keys().filter((record) => record.startsWith(`${namespace}/`));
      for (const record of inNamespace) if (records.store.get(record)?.run === name) queue.add(record);
    },
  });
  return [
    { kind: REMEDIATION.kind, reflector: records },
    { kind: APPROVAL.kind, reflector: approvals },
    { kind: INVESTIGATION.kind, reflector: investigations },
  ] as const;
}

const MEASURE_MS = 15_000;
const PRUNE_MS = 3_600_000;

/** At once and then again and again, until `signal` aborts. `work` must not reject. */
async function repeated(
  clock: Clock,
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal },
  work: () => Promise<void>,
): Promise<void> {
  while (!signal.aborted) {
    await work();
    await clock.sleep(everyMs, signal).catch(() => undefined);
  }
}

function measure({ metrics, clock }: ActControllerDependencies, queue: Queue, watches: ReturnType<typeof watchInto>) {
  metrics.leading(true);
  metrics.queueDepth(queue.size);
  for (const { kind, reflector } of watches) {
    // Before the first answer there is no age to tell.
    if (reflector.lastSeenMs > 0) metrics.watchAge(kind, (clock.now() - reflector.lastSeenMs) / 1000);
  }
}

async function prune(dependencies: ActControllerDependencies, signal: AbortSignal): Promise<void> {
  const { metrics, log } = dependencies;
  try {
    const deleted = await pruneLedger(dependencies, signal);
    metrics.pruned(deleted);
    if (deleted > 0) log.info("ended remediations were deleted after their retention", { deleted });
  } catch (error) {
    if (!signal.aborted) log.warn("the ledger could not be pruned; the next try is in an hour", { error });
  }
}
