import { clip, fromControlPlane } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { ageMs } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { differs, heldByOther } from "./bound-volume.ts";
import { mountersOf } from "./mounters.ts";
import type { ClaimReason } from "./unbound-claim.ts";
import { nearestVolume } from "./volume-match.ts";

/** No class provisions for it, and no volume that is there fits. */
export function noVolume(index: SnapshotIndex, claim: SnapshotObject): ClaimReason | undefined {
  const storageClass = classOf(index, claim);
  const waits = textAt(storageClass, "volumeBindingMode") === "WaitForFirstConsumer";
  if (waits && mountersOf(index, claim).length === 0) return undefined;
  const failed = failedProvisioning(index, claim);
  // What is provisioned for a claim is none of the volumes that are there.
  if (provisionerOf(storageClass) !== undefined) return failed ?? unanswered(index, claim, storageClass);
  const near = index.knows("PersistentVolume") ? nearestVolume(index, claim) : undefined;
  const unfit = near && (differs(near, claim) ?? heldByOther(near, claim));
  return unfit ?? failed ?? nothingFits(index, claim);
}

function provisionerOf(storageClass: SnapshotObject | undefined): string | undefined {
  const provisioner = textAt(storageClass, "provisioner");
  return provisioner === "kubernetes.io/no-provisioner" ? undefined : provisioner;
}

/** Longer than clouds take to make a disk. */
const PROVISIONING_MS = 5 * 60_000;

/** Nobody has taken the claim up, and nobody has said no. */
function unanswered(
  index: SnapshotIndex,
  claim: SnapshotObject,
  storageClass: SnapshotObject | undefined,
): ClaimReason | undefined {
  const age = ageMs(index.nowMs, claim.metadata.creationTimestamp) ?? 0;
  const event = latestEvent(index, claim, { reason: "ExternalProvisioning" });
  const provisioner = provisionerOf(storageClass) ?? "";
  if (age < PROVISIONING_MS || event === undefined) return undefined;
  return {
    key: `unanswered/${provisioner}`,
    words: `provisioner ${provisioner} of StorageClass ${storageClass?.metadata.name} has made no volume and says nothing: it may not be running`,
    evidence: [fromControlPlane(claim, "event ExternalProvisioning", eventMessage(event))],
    fix: decision(`get the driver of provisioner ${provisioner} to run, or make the claim with another StorageClass`),
  };
}

function classOf(index: SnapshotIndex, claim: SnapshotObject): SnapshotObject | undefined {
  const name = textAt(claim, "spec", "storageClassName");
  return name === undefined ? undefined : index.byName("StorageClass", undefined, name);
}

function failedProvisioning(index: SnapshotIndex, claim: SnapshotObject): ClaimReason | undefined {
  const event = latestEvent(index, claim, { reason: "ProvisioningFailed" });
  if (event === undefined) return undefined;
  const provisioner = textAt(classOf(index, claim), "provisioner") ?? "of its class";
  return {
    key: "provisioning",
    words: `provisioner ${provisioner} failed: ${clip(eventMessage(event), 300)}`,
    evidence: [fromControlPlane(claim, "event ProvisioningFailed", eventMessage(event))],
    fix: decision(`repair what provisioner ${provisioner} reports`),
  };
}

/** Longer than a binder takes to look at all volumes. */
const PATIENCE_MS = 20_000;

function nothingFits(index: SnapshotIndex, claim: SnapshotObject): ClaimReason | undefined {
  if ((ageMs(index.nowMs, claim.metadata.creationTimestamp) ?? 0) < PATIENCE_MS) return undefined;
  const name = textAt(claim, "spec", "storageClassName");
  const event = latestEvent(index, claim, { reason: "FailedBinding" });
  const from = name ? `StorageClass ${name} provisions nothing` : "it names no StorageClass";
  return {
    key: "no-volume",
    words: `${from}, and no free PersistentVolume fits it`,
    evidence: event ? [fromControlPlane(claim, "event FailedBinding", eventMessage(event))] : [],
    fix: decision(
      "create a PersistentVolume that fits the claim, or make the claim with a StorageClass that provisions",
    ),
  };
}
