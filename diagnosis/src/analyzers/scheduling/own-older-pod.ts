import type { Fix } from "@sre-agent/crds";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Of the same workload and another revision: what an update keeps until the new pod is ready. */
export function isOfUpdate(index: SnapshotIndex, holder: SnapshotObject, pod: SnapshotObject): boolean {
  const [of, by] = [pod, holder].map(({ metadata }) => metadata.ownerReferences?.[0]?.uid);
  return index.rootOf(holder) === index.rootOf(pod) && of !== by;
}

/** A rolling update that makes room before it starts a pod. Both fields: neither may be 0 when the other one is. */
export function removeFirst(workload: SnapshotObject, why: string): Fix | undefined {
  const { maxSurge, maxUnavailable } = objectAt(workload, "spec", "strategy", "rollingUpdate");
  if (workload.kind !== "Deployment" || maxSurge === undefined) return undefined;
  const path = "/spec/strategy/rollingUpdate";
  return patchFix(
    workload,
    [
      { path: `${path}/maxUnavailable`, from: maxUnavailable, to: 1 },
      { path: `${path}/maxSurge`, from: maxSurge, to: 0 },
    ],
    `let an update remove an old pod before it starts a new one: ${why}`,
  );
}
