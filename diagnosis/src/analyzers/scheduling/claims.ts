import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import { mountersOf } from "../volumes/mounters.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";
import { volumeReach } from "./volume-reach.ts";

/** Claims that do not exist, are not bound, or are bound to a volume that no such node reaches. */
export function claimOf(index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason | undefined {
  const { pod, message } = unscheduled;
  const [, missing] = /persistentvolumeclaim "([^"]+)" not found/.exec(message) ?? [];
  if (missing !== undefined) return missingClaim(index, unscheduled, missing);
  const [, deleted] = /persistentvolumeclaim "([^"]+)" is being deleted/.exec(message) ?? [];
  if (deleted !== undefined) return deletedClaim(index, unscheduled, deleted);
  const names = referencesOf(podSpecOf(pod)).flatMap(({ kind, name }) =>
    kind === "PersistentVolumeClaim" ? [name] : [],
  );
  const claims = names.flatMap((name) => index.byName("PersistentVolumeClaim", pod.metadata.namespace, name) ?? []);
  if (/unbound immediate PersistentVolumeClaims/.test(message)) {
    const words = `its claim ${names.join(", ")} is not bound to a volume`;
    return {
      key: "unbound",
      words,
      evidence: [],
      decide: "bind the claim: its own finding says what it lacks",
      restsOn: claims,
      passes: true,
    };
  }
  if (
    !/volume node affinity conflict|match PersistentVolume's node affinity|node\(s\) didn't find available persistent volumes/.test(
      message,
    )
  )
    return undefined;
  const reach = volumeReach(index, claims);
  if (reach !== undefined) return reach;
  return {
    key: "volume-affinity",
    words: `the volume of its claim ${names.join(", ")} is reachable from other nodes than the ones that would take it`,
    evidence: claims.map((claim) =>
      fromTenant(
        claim,
        "spec.volumeName",
        String((claim["spec"] as { volumeName?: string } | undefined)?.volumeName ?? "(none)"),
      ),
    ),
    decide:
      "run the pod where the volume is (PersistentVolume spec.nodeAffinity), or use a volume that its nodes reach",
    restsOn: claims,
  };
}

/** It goes when nobody uses it any more, and its data with it, as its volume's reclaim policy says. */
function deletedClaim(index: SnapshotIndex, { pod }: Unscheduled, name: string): SchedulingReason {
  const claim = index.byName("PersistentVolumeClaim", pod.metadata.namespace, name);
  const volume = index.byName("PersistentVolume", undefined, textAt(claim, "spec", "volumeName") ?? "");
  const policy = textAt(volume, "spec", "persistentVolumeReclaimPolicy");
  return {
    key: `deleted/${name}`,
    words: `its claim ${name} is being deleted (since ${claim?.metadata.deletionTimestamp ?? "some time"}), and stays only until the pods that use it have ended`,
    evidence: claim
      ? [fromControlPlane(claim, "metadata.deletionTimestamp", claim.metadata.deletionTimestamp ?? "")]
      : [],
    decide: `save the data of claim ${name} first${policy === undefined ? "" : ` (its volume's reclaim policy is ${policy})`}; then end the pods that use it and make the claim anew: a deletion cannot be taken back`,
    anyRevision: true,
  };
}

function missingClaim(index: SnapshotIndex, { workload }: Unscheduled, name: string): SchedulingReason {
  const namespace = workload.metadata.namespace ?? "";
  const claims = index.inNamespace("PersistentVolumeClaim", namespace).map(({ metadata }) => metadata.name);
  const near = nearestName(name, claims);
  const reference = referencesOf(podSpecOf(workload)).find(
    (one) => one.kind === "PersistentVolumeClaim" && one.name === name,
  );
  const path = `${podSpecPath(workload)}.${reference?.path ?? "volumes[]"}.claimName`;
  const edit = { path: `${podSpecPointer(workload)}${reference?.pointer ?? ""}/claimName`, from: name, to: near };
  // Another claim is other data: it is mounted instead only where it can be no other, and nobody uses it.
  const free = near !== undefined && isSlip(name, near) && !isMounted(index, namespace, near);
  const patchable = free && reference !== undefined && workload.kind === "Deployment";
  return {
    key: `claim/${name}`,
    words: `PersistentVolumeClaim ${name} (${path}) does not exist in namespace ${namespace}${near ? `; ${near} does` : ""}`,
    evidence: [fromTenant(workload, path, name)],
    decide: `create PersistentVolumeClaim ${name}, or correct ${path}${near === undefined ? "" : ` (${near}?)`}`,
    fix: patchable ? patchFix(workload, [edit], `mount claim ${near} instead of ${name}`) : undefined,
  };
}

function isMounted(index: SnapshotIndex, namespace: string, claim: string): boolean {
  const holder = index.byName("PersistentVolumeClaim", namespace, claim);
  return holder !== undefined && mountersOf(index, holder).length > 0;
}
