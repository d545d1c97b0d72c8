import { LEASES } from "@sre-agent/crds";
import type { Logger, Metrics } from "@sre-agent/frame";
import type { Clock, EventRecorder, LeaseElection, Reader, RecordWriter } from "@sre-agent/kube";
import type { Pseudonym } from "@sre-agent/redaction";
import type { AgentClient } from "./agent/client.ts";
import { lead } from "./lead.ts";
import { createOperatorMetrics } from "./metrics.ts";
import { createScrub } from "./scrub.ts";
import type { Standing } from "./standing.ts";
import type { Watch } from "./watch.ts";

/** Name of the Lease: one operator works in a cluster, the others wait. */
export const OPERATOR_LEASE = LEASES.operator;

export interface OperatorOptions {
  readonly reader: Pick<Reader, "get" | "listAll">;
  readonly recordWriter: RecordWriter;
  readonly eventRecorder: EventRecorder;
  readonly watch: Watch;
  readonly election: Pick<LeaseElection, "run">;
  readonly agent: AgentClient;
  readonly standing: Standing;
  readonly clock: Clock;
  /** Tags of redacted secrets. */
  readonly pseudonym: Pseudonym;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Namespaces to serve; none: all of them. */
  readonly namespaces?: readonly string[];
  /** Investigations worked on at once; default 8. */
  readonly workers?: number;
}

export interface Operator {
  /** Finishes the steps under way, then gives the lease back. */
  stop(): Promise<void>;
  /** Resolves when this replica leads and knows the cluster; rejects when it stopped before. */
  readonly ready: Promise<void>;
  /** Resolves after `stop`; rejects when the work ended by a failure: the process should exit. */
  readonly ended: Promise<void>;
}

/** Waits for the lease and serves SreTriggers and SreInvestigations while it is held. Returns at once. */
export function startOperator(options: OperatorOptions): Operator {
  const stopping = new AbortController();
  const ready = Promise.withResolvers<void>();
  ready.promise.catch(() => undefined);
  const term = {
    ...options,
    namespaces: options.namespaces ?? [],
    workers: options.workers ?? 8,
    metrics: createOperatorMetrics(options.metrics),
    scrub: createScrub(options.pseudonym),
    onReady: () => ready.resolve(),
  };
  const ended = options.election
    .run(stopping.signal, (leadership) => lead(term, leadership))
    .finally(() => ready.reject(new Error("the operator stopped")));
  ended.catch(() => undefined);
  return {
    ready: ready.promise,
    ended,
    stop: async () => {
      stopping.abort(new Error("the operator stops"));
      await ended;
    },
  };
}
