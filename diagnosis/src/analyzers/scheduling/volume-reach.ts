import type { FindingEvidence } from "@sre-agent/crds";
import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt, textAt } from "../../snapshot/json.ts";
import { requirementText } from "../../snapshot/label-selector.ts";
import { reaches } from "../../snapshot/node-match.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { SchedulingReason } from "./unschedulable.ts";

/** A claim that is bound to a volume which only certain nodes reach. */
export function volumeReach(index: SnapshotIndex, claims: readonly SnapshotObject[]): SchedulingReason | undefined {
  const bound = claims.map((claim) => ({ claim, volume: volumeOf(index, claim) }));
  const local = bound.filter(({ volume }) => termsOf(volume).length > 0);
  const found =
    local.find(({ volume }) => volume && !index.ofKind("Node").some((node) => reaches(node, volume))) ?? local[0];
  if (found?.volume === undefined) return undefined;
  const { claim, volume } = found;
  const asked = termsOf(volume).map(termText).join(" or ");
  const path = "spec.nodeAffinity.required";
  return {
    key: `volume-affinity/${claim.metadata.name}`,
    words: `PersistentVolume/${volume.metadata.name}, to which its claim ${claim.metadata.name} is bound, is reachable from nodes with ${asked} alone (${path})${reachedFrom(index, volume)}`,
    evidence: [
      fromTenant(claim, "spec.volumeName", volume.metadata.name),
      fromTenant(volume, path, asked),
      ...nodeEvidence(index, volume),
    ],
    decide: `bring back the node that reaches PersistentVolume/${volume.metadata.name}, or bind claim ${claim.metadata.name} to a volume that today's nodes reach (nodeAffinity of a volume cannot be changed)`,
    anyRevision: true,
    restsOn: [claim],
  };
}

function volumeOf(index: SnapshotIndex, claim: SnapshotObject): SnapshotObject | undefined {
  return index.byName("PersistentVolume", undefined, textAt(claim, "spec", "volumeName") ?? "");
}

function termsOf(volume: SnapshotObject | undefined): readonly Json[] {
  return objectsAt(volume, "spec", "nodeAffinity", "required", "nodeSelectorTerms");
}

function termText(term: Json): string {
  return objectsAt(term, "matchExpressions").map(requirementText).join(",");
}

/** What the nodes that there are say to it; nothing where they were not read. */
function reachedFrom(index: SnapshotIndex, volume: SnapshotObject): string {
  const nodes = index.ofKind("Node");
  if (!index.knows("Node") || nodes.length === 0) return "";
  const reaching = nodes.filter((node) => reaches(node, volume)).map(({ metadata }) => metadata.name);
  return reaching.length === 0
    ? ", and no node is one"
    : `: ${reaching.slice(0, 5).join(", ")}, which its other rules or its requests rule out`;
}

/** Of one label what the nodes carry instead. */
function nodeEvidence(index: SnapshotIndex, volume: SnapshotObject): readonly FindingEvidence[] {
  const [expression] = objectsAt(termsOf(volume)[0], "matchExpressions");
  const key = textAt(expression, "key");
  if (key === undefined) return [];
  return index
    .ofKind("Node")
    .slice(0, 3)
    .map((node) => fromTenant(node, `metadata.labels[${key}]`, textAt(node, "metadata", "labels", key) ?? "(absent)"));
}
