import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { ClaimReason } from "./unbound-claim.ts";
import { mismatchOf } from "./volume-match.ts";

/** The volume to which it was bound is gone. */
export function lost(claim: SnapshotObject): ClaimReason | undefined {
  if (textAt(claim, "status", "phase") !== "Lost") return undefined;
  const volume = textAt(claim, "spec", "volumeName") ?? "";
  const words = `PersistentVolume ${volume}, to which it was bound, is gone`;
  return {
    key: "lost",
    words,
    evidence: [fromTenant(claim, "spec.volumeName", volume)],
    fix: decision(`restore PersistentVolume ${volume} from a backup, or make a new claim`),
  };
}

/** A claim that names its volume: absent, bound to another claim, or different from what it asks for. */
export function preBound(index: SnapshotIndex, claim: SnapshotObject): ClaimReason | undefined {
  const name = textAt(claim, "spec", "volumeName");
  if (name === undefined || !index.knows("PersistentVolume")) return undefined;
  const volume = index.byName("PersistentVolume", undefined, name);
  if (volume === undefined) {
    const words = `spec.volumeName names PersistentVolume ${name}, which does not exist`;
    return {
      key: `volume/${name}`,
      words,
      evidence: [fromTenant(claim, "spec.volumeName", name)],
      fix: decision(`create PersistentVolume ${name}, or make the claim without spec.volumeName`),
    };
  }
  return heldByOther(volume, claim) ?? differs(volume, claim);
}

/** A volume that another claim holds. */
export function heldByOther(volume: SnapshotObject, claim: SnapshotObject): ClaimReason | undefined {
  const holder = holderOf(volume);
  const { namespace = "", name, uid } = claim.metadata;
  const same =
    holder?.name === name && holder.namespace === namespace && (holder.uid === undefined || holder.uid === uid);
  if (holder === undefined || same) return undefined;
  const whose =
    holder.name === name && holder.namespace === namespace
      ? "an earlier claim of the same name, which is gone"
      : `claim ${holder.namespace}/${holder.name}`;
  const phase = textAt(volume, "status", "phase") ?? "";
  return {
    key: `held/${volume.metadata.name}`,
    words: `PersistentVolume ${volume.metadata.name} is held by ${whose} (spec.claimRef, phase ${phase})`,
    evidence: [
      fromControlPlane(volume, "spec.claimRef", `${holder.namespace}/${holder.name}`),
      fromControlPlane(volume, "status.phase", phase),
    ],
    fix: decision(
      `clear spec.claimRef of PersistentVolume ${volume.metadata.name} once its data is no longer needed by ${whose}, or give the claim another volume`,
    ),
  };
}

function holderOf(volume: SnapshotObject) {
  const name = textAt(volume, "spec", "claimRef", "name");
  if (name === undefined) return undefined;
  return {
    name,
    namespace: textAt(volume, "spec", "claimRef", "namespace") ?? "",
    uid: textAt(volume, "spec", "claimRef", "uid"),
  };
}

/** Where a volume has what a claim asks for under another name. */
const OFFERED: Readonly<Record<string, string>> = {
  "resources.requests.storage": "spec.capacity.storage",
  selector: "metadata.labels",
};

/** A volume that offers something else than the claim asks. */
export function differs(volume: SnapshotObject, claim: SnapshotObject): ClaimReason | undefined {
  const differences = mismatchOf(volume, claim);
  if (differences.length === 0) return undefined;
  const words = differences.map(({ words: text }) => text).join(" and ");
  return {
    key: `differs/${volume.metadata.name}/${differences.map(({ field }) => field).join(",")}`,
    words: `PersistentVolume ${volume.metadata.name} does not fit: ${words}`,
    evidence: differences.flatMap(({ field, asked, offered }) => [
      fromTenant(claim, `spec.${field}`, asked),
      fromTenant(volume, OFFERED[field] ?? `spec.${field}`, offered),
    ]),
    fix: decision(
      `make a claim that asks what PersistentVolume ${volume.metadata.name} offers (${words}); most of a claim's spec cannot be changed in place`,
    ),
  };
}
