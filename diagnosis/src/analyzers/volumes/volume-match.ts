import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, textAt, textsAt, valueAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import { quantity } from "../../snapshot/quantity.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** One field in which a claim asks for something else than a volume offers. */
export interface Mismatch {
  /** Below the claim's spec. */
  readonly field: string;
  readonly asked: string;
  readonly offered: string;
  readonly words: string;
}

/** Every field in which `volume` does not satisfy `claim`, by the rules of the volume binder. */
export function mismatchOf(volume: SnapshotObject, claim: SnapshotObject): readonly Mismatch[] {
  return [className, accessModes, size, mode, labels].flatMap((check) => check(volume, claim) ?? []);
}

/** The free or pre-bound volume that comes closest to a claim: of its class and of nobody else, with the fewest differences. */
export function nearestVolume(index: SnapshotIndex, claim: SnapshotObject): SnapshotObject | undefined {
  return index
    .ofKind("PersistentVolume")
    .filter((volume) => textAt(volume, "status", "phase") !== "Bound" || isFor(volume, claim))
    .map((volume) => ({ volume, differences: mismatchOf(volume, claim).length }))
    .filter(({ differences }) => differences <= 2)
    .sort((a, b) => a.differences - b.differences + strangeness(a.volume, claim) - strangeness(b.volume, claim))[0]
    ?.volume;
}

/** Another class, or another claim's: seldom the volume that was meant. */
function strangeness(volume: SnapshotObject, claim: SnapshotObject): number {
  const taken = valueAt(volume, "spec", "claimRef") !== undefined && !isFor(volume, claim);
  return (className(volume, claim) === undefined ? 0 : 2) + (taken ? 1 : 0);
}

function isFor(volume: SnapshotObject, claim: SnapshotObject): boolean {
  const { name, namespace } = claim.metadata;
  const reference = objectAt(volume, "spec", "claimRef");
  return reference["name"] === name && reference["namespace"] === namespace;
}

function mismatch(field: string, asked: string, offered: string): Mismatch {
  return {
    field,
    asked,
    offered,
    words: `the claim asks ${field} ${asked || '""'}, the volume offers ${offered || '""'}`,
  };
}

function className(volume: SnapshotObject, claim: SnapshotObject): Mismatch | undefined {
  const [asked, offered] = [
    textAt(claim, "spec", "storageClassName") ?? "",
    textAt(volume, "spec", "storageClassName") ?? "",
  ];
  return asked === offered ? undefined : mismatch("storageClassName", asked, offered);
}

function accessModes(volume: SnapshotObject, claim: SnapshotObject): Mismatch | undefined {
  const [asked, offered] = [textsAt(claim, "spec", "accessModes"), textsAt(volume, "spec", "accessModes")];
  return asked.every((one) => offered.includes(one))
    ? undefined
    : mismatch("accessModes", asked.join(","), offered.join(","));
}

function size(volume: SnapshotObject, claim: SnapshotObject): Mismatch | undefined {
  const asked = valueAt(claim, "spec", "resources", "requests", "storage");
  const offered = valueAt(volume, "spec", "capacity", "storage");
  const small = (quantity(offered) ?? 0) < (quantity(asked) ?? 0);
  return small ? mismatch("resources.requests.storage", String(asked), String(offered)) : undefined;
}

function mode(volume: SnapshotObject, claim: SnapshotObject): Mismatch | undefined {
  const [asked, offered] = [claim, volume].map((object) => textAt(object, "spec", "volumeMode") ?? "Filesystem");
  return asked === offered ? undefined : mismatch("volumeMode", asked ?? "", offered ?? "");
}

function labels(volume: SnapshotObject, claim: SnapshotObject): Mismatch | undefined {
  const selector = valueAt(claim, "spec", "selector");
  if (selector === undefined || matchesSelector(selector, volume.metadata.labels)) return undefined;
  const carried = Object.entries(volume.metadata.labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return mismatch("selector", selectorText(selector), carried.join(",") || "no labels");
}
