import type { Manifest } from "../object.ts";

/** What a container prints. */
export interface ContainerLog {
  /** At its start. */
  readonly first?: readonly string[];
  /** Then one line after another, again and again. */
  readonly repeat?: { readonly everyMs: number; readonly lines: readonly string[] };
}

/** What becomes of a container when the node starts it. */
export type Outcome =
  | {
      readonly kind: "runs";
      readonly log?: ContainerLog;
      /** Stops to answer its readiness probe once a ConfigMap of this name appears; what starts later is not affected. */
      readonly hangsWith?: string;
      /** Restarts of the past, which left their trace in the pod's status. */
      readonly restarts?: {
        readonly count: number;
        readonly agoMs: number;
        readonly exitCode: number;
        readonly reason: string;
      };
    }
  | { readonly kind: "exits"; readonly code: number; readonly afterMs: number; readonly log?: ContainerLog }
  | { readonly kind: "oom"; readonly afterMs: number; readonly log?: ContainerLog }
  | { readonly kind: "pullFails"; readonly message: string }
  | { readonly kind: "configError"; readonly message: string }
  /** The node leaves the pod alone: its status is what was written. */
  | { readonly kind: "static" };

/** Which containers a rule is about; all given fields have to match. */
export interface Match {
  readonly namespace?: string;
  readonly container?: string;
  /** A part of the image. */
  readonly image?: string;
  /** A part of command and arguments, joined by blanks. */
  readonly command?: string;
  /** A variable that the container does not get, or gets empty. */
  readonly envMissing?: string;
  /** Variables with their literal values. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface BehaviourRule {
  readonly match: Match;
  readonly outcome: Outcome;
}

/** Objects that are applied at a time, or when somebody plays the step by its name. */
export interface TimelineStep {
  readonly name: string;
  /** After the start; absent: only on demand. */
  readonly atMs?: number;
  readonly apply: readonly Manifest[];
}

/** How long things take, in milliseconds of the clock. */
export interface Timing {
  readonly scheduleMs: number;
  readonly createMs: number;
  readonly readyMs: number;
  readonly stopMs: number;
  /** Before the first restart, which has no back-off. */
  readonly restartMs: number;
  /** The first back-off; each one is twice the one before. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  readonly pullRetryMs: number;
  /** How long a second of a manifest lasts (progressDeadlineSeconds, minReadySeconds). */
  readonly secondMs: number;
}

/** Plain data: what a cluster holds and how its containers behave. The same objects work on a real cluster. */
export interface Incident {
  readonly name: string;
  /** One line for a person. */
  readonly title: string;
  readonly objects: readonly Manifest[];
  /** The first matching rule holds; a container without one runs. */
  readonly rules: readonly BehaviourRule[];
  readonly steps: readonly TimelineStep[];
  readonly timing?: Partial<Timing>;
}

/** A crash loop shows after a third of a second, a rollout of three pods is over after about a second. */
export const DEFAULT_TIMING: Timing = {
  scheduleMs: 50,
  createMs: 100,
  readyMs: 200,
  stopMs: 100,
  restartMs: 50,
  backoffMs: 300,
  maxBackoffMs: 3_000,
  pullRetryMs: 1_000,
  secondMs: 100,
};
