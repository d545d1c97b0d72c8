import type { Finding } from "@sre-agent/crds";
import { diagnose, REQUIRED_KINDS } from "@sre-agent/diagnosis";
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
    readonly logs: number;
    readonly kinds: number;
  };
}

/** Collects and diagnoses a namespace, or the whole cluster. @throws KubeError when the API server does not answer. */
export async function diagnoseScope(options: CollectOptions): Promise<Diagnosis> {
  const snapshot = await collectSnapshot(options);
  const { namespaces, objects, logs, gaps } = snapshot;
  return {
    findings: diagnose(snapshot),
    gaps,
    beyond: snapshot.beyond ?? [],
    looked: {
      namespaces: namespaces.length,
      objects: objects.length,
      logs: logs.length,
      kinds: REQUIRED_KINDS.length,
    },
  };
}
