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
  const near = index.knows("PersistentVolume") ? nearestVolume(index, claim) : undefined;
  const unfit = near && (differs(near, claim) ?? heldByOther(near, claim));
  return unfit ?? failedProvisioning(index, claim) ?? nothingFits(index, claim);
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
  const provisioner = textAt(classOf(index, claim), "provisioner");
  // A provisioner that has not answered yet may still do so.
  if (provisioner !== undefined && provisioner !== "kubernetes.io/no-provisioner") return undefined;
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
