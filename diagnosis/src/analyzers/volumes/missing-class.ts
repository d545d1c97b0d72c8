import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { ClaimReason } from "./unbound-claim.ts";

/** A StorageClass that does not exist, and by whose name no static volume goes either. */
export function missingClass(index: SnapshotIndex, claim: SnapshotObject): ClaimReason | undefined {
  const name = textAt(claim, "spec", "storageClassName");
  if (name === undefined || name === "" || !index.knows("StorageClass")) return undefined;
  const classes = index.ofKind("StorageClass").map(({ metadata }) => metadata.name);
  // A static volume may carry a class that exists in name alone.
  const offered = index
    .ofKind("PersistentVolume")
    .some((volume) => textAt(volume, "spec", "storageClassName") === name);
  if (classes.includes(name) || offered) return undefined;
  const near = nearestName(name, classes);
  const has = classes.length === 0 ? "the cluster has none" : `the cluster has ${classes.slice(0, 5).join(", ")}`;
  const event = latestEvent(index, claim, { reason: "ProvisioningFailed" });
  return {
    key: `class/${name}`,
    words: `spec.storageClassName names StorageClass ${name}, which does not exist (${has})`,
    evidence: [
      fromTenant(claim, "spec.storageClassName", name),
      ...(event ? [fromControlPlane(claim, "event ProvisioningFailed", eventMessage(event))] : []),
    ],
    fix: decision(
      `make the claim with ${near === undefined ? "a StorageClass that exists" : `StorageClass ${near}`}, or create StorageClass ${name}; a claim's class cannot be changed in place`,
    ),
  };
}
