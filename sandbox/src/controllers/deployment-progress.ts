import { numberOf } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Context } from "./context.ts";

interface Progress {
  readonly fingerprint: string;
  readonly atMs: number;
}

/** Remembers when each Deployment last moved, finer than the seconds of its conditions. */
export interface ProgressClock {
  /** Whether progressDeadlineSeconds are over without a move, and else when they will be. */
  observe(
    deployment: KubeObject,
    owned: readonly KubeObject[],
  ): { readonly timedOut: boolean; readonly deadline: number };
}

export function createProgressClock({ clock, timing }: Pick<Context, "clock" | "timing">): ProgressClock {
  const seen = new Map<string, Progress>();
  return {
    observe(deployment, owned) {
      const fingerprint = fingerprintOf(deployment, owned);
      const before = seen.get(deployment.metadata.uid);
      const progress = before?.fingerprint === fingerprint ? before : { fingerprint, atMs: clock.now() };
      seen.set(deployment.metadata.uid, progress);
      const deadline = progress.atMs + numberOf(deployment.spec?.["progressDeadlineSeconds"]) * timing.secondMs;
      const timedOut = clock.now() >= deadline;
      return { timedOut, deadline: timedOut ? Number.POSITIVE_INFINITY : deadline };
    },
  };
}

/** Changes with every move of a rollout: wanted, present, ready and available replicas. */
function fingerprintOf(deployment: KubeObject, owned: readonly KubeObject[]): string {
  const counts = owned.map(({ metadata, spec, status }) => [
    metadata.name,
    spec?.["replicas"],
    status?.["replicas"],
    status?.["availableReplicas"],
  ]);
  return JSON.stringify([deployment.spec?.["template"], deployment.spec?.["replicas"], counts]);
}
