import type { Previewer, Requeue, Writer } from "@sre-agent/kube";
import type { FactSources } from "../facts/gather.ts";
import type { HealthProbe } from "./health.ts";
import type { StatusDependencies, StoredRemediation } from "./status.ts";

export interface ActDependencies extends FactSources, StatusDependencies {
  readonly clock: StatusDependencies["clock"];
  readonly previewer: Previewer;
  readonly writer: Writer;
  readonly measure: HealthProbe;
}

/** One pass over one record. */
export interface Work {
  readonly record: StoredRemediation;
  /** Somebody asked for the execution of exactly this digest. */
  readonly requested: boolean;
  readonly signal: AbortSignal;
}

/** `next`: go on with the next step, with the record as it is now. Everything else ends the pass. */
export type StepResult = { readonly kind: "next"; readonly record: StoredRemediation } | Requeue;

/** One rule of a record's life. May throw: the pass is then repeated after a while, from what is stored. */
export type Step = (dependencies: ActDependencies, work: Work) => Promise<StepResult>;

export const DONE: Requeue = { kind: "done" };
export const next = (record: StoredRemediation): StepResult => ({ kind: "next", record });
export const later = (ms: number, reason: string): Requeue => ({ kind: "retryAfter", ms, reason });
