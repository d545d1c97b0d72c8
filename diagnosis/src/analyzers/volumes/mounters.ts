import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** The workloads whose living pods mount a claim. */
export function mountersOf(index: SnapshotIndex, claim: SnapshotObject): readonly SnapshotObject[] {
  const pods = index
    .inNamespace("Pod", claim.metadata.namespace ?? "")
    .filter((pod) => isLive(pod) && mounts(pod, claim));
  return [...new Set(pods.map((pod) => index.rootOf(pod)))];
}

function mounts(pod: SnapshotObject, claim: SnapshotObject): boolean {
  return referencesOf(podSpecOf(pod)).some(
    ({ kind, name }) => kind === "PersistentVolumeClaim" && name === claim.metadata.name,
  );
}
