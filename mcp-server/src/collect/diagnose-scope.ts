import type { Finding } from "@sre-agent/crds";
import { diagnose, REQUIRED_KINDS, type Snapshot } from "@sre-agent/diagnosis";
import { type CollectOptions, collectSnapshot } from "./collect-snapshot.ts";

export interface Diagnosis {
  /** Ranked, the cause before what it explains. */
  readonly findings: readonly Finding[];
  /** What could not be looked at, in words. */
  readonly gaps: readonly string[];
  /** What lies beyond the caller's rights without being a fault of the reading, in words. */
  readonly beyond: readonly string[];
  readonly looked: {
    readonly namespaces: number;
    readonly objects: number;
    /** Of them, those that belong to a namespace. */
    readonly namespaced: number;
    readonly logs: number;
    readonly kinds: number;
  };
}

/** Collects and diagnoses a namespace, or the whole cluster. @throws KubeError when the API server does not answer. */
export async function diagnoseScope(options: CollectOptions): Promise<Diagnosis> {
  return diagnosisOf(await collectSnapshot(options));
}

/** The findings in a snapshot, and what it was made of. Pure. */
export function diagnosisOf(snapshot: Snapshot): Diagnosis {
  const { namespaces, objects, logs, gaps, beyond = [] } = snapshot;
  return {
    findings: diagnose(snapshot),
    gaps,
    beyond,
    looked: {
      namespaces: namespaces.length,
      objects: objects.length,
      namespaced: objects.filter(({ metadata }) => metadata.namespace !== undefined).length,
      logs: logs.length,
      kinds: REQUIRED_KINDS.length,
    },
  };
}
