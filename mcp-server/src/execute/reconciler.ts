import { API_VERSION, REMEDIATION } from "@sre-agent/crds";
import { isKubeError, type Requeue } from "@sre-agent/kube";
import { executed, resumed } from "./execute.ts";
import type { StoredRemediation } from "./status.ts";
import { type ActDependencies, DONE, type Step } from "./step.ts";
import { approved, expired, finished, initialised, rejected, withdrawn } from "./unstarted.ts";
import { reverted, verified } from "./verify.ts";

/** A record's life, in the order in which its questions are asked. */
const STEPS: readonly Step[] = [
  finished,
  initialised,
  // Before `executed`: what this very pass sends is not also taken for the remains of a crash.
  resumed,
  withdrawn,
  expired,
  rejected,
  approved,
  executed,
  verified,
  reverted,
];

export interface RemediationReconciler {
  /** One pass over the record `namespace/name`: level-based, from what the API server stores and nothing else. */
  reconcile(key: string, signal: AbortSignal): Promise<Requeue>;
  /**
   * Notes that somebody asked for the execution. Kept in memory alone, and only for that digest: it permits nothing,
   * the approval does. Callers repeat it.
   */
  requestExecution(namespace: string, name: string, digest: string): void;
}

export function createRemediationReconciler(dependencies: ActDependencies): RemediationReconciler {
  const requests = new Map<string, string>();

  async function read(key: string, signal: AbortSignal): Promise<StoredRemediation | undefined> {
    const [namespace = "", name = ""] = key.split("/");
    const ref = { apiVersion: API_VERSION, kind: REMEDIATION.kind, namespace, name };
    try {
      return await dependencies.reader.get<StoredRemediation>(ref, { signal });
    } catch (error) {
      if (isKubeError(error, "NOT_FOUND")) return undefined;
      throw error;
    }
  }

  return {
    async reconcile(key, signal) {
      let record = await read(key, signal);
      if (!record) {
        requests.delete(key);
        return DONE;
      }
      const requested = requests.get(key) === record.spec.approvalDigest;
      for (const step of STEPS) {
        const result = await step(dependencies, { record, requested, signal });
        if (result.kind !== "next") return settle(key, { result, requested, record });
        record = result.record;
      }
      return { kind: "terminal", reason: `nothing follows from phase ${record.status?.phase}` };
    },
    requestExecution(namespace, name, digest) {
      requests.set(`${namespace}/${name}`, digest);
    },
  };

  /** A request is answered by the pass that could act on it; an approval that comes later needs a new one. */
  function settle(key: string, end: { result: Requeue; requested: boolean; record: StoredRemediation }): Requeue {
    if (end.requested && end.record.status?.phase !== "Proposed") requests.delete(key);
    return end.result;
  }
}
