import type { Fix } from "@sre-agent/crds";
import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { patchFix, pointerStep } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { requirementText, satisfies } from "../../snapshot/label-selector.ts";
import { isSlip, sameWord } from "../../snapshot/nearest-name.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** A nodeSelector or required node affinity that no node's labels satisfy. */
export function nodeLabels(
  index: SnapshotIndex,
  { pod, workload, message, nodes: eligible }: Unscheduled,
): SchedulingReason | undefined {
  if (!/didn't match Pod's node affinity\/selector|didn't satisfy .*node affinity/.test(message)) return undefined;
  // Some node is what it asks for: that others are not keeps nothing off.
  if (eligible.selected.length > 0) return undefined;
  const nodes = index.ofKind("Node");
  const selector = Object.entries(objectAt(podSpecOf(pod), "nodeSelector"));
  const unmet = selector.filter(
    ([key, value]) => nodes.length === 0 || nodes.every((node) => labelsOf(node)[key] !== value),
  );
  const expressions = affinityExpressions(pod).filter((one) => nodes.every((node) => !satisfies(one, labelsOf(node))));
  const asked = [...unmet.map(([key, value]) => `${key}=${String(value)}`), ...expressions.map(requirementText)];
  const keys = [...unmet.map(([key]) => key), ...expressions.map((one) => textAt(one, "key") ?? "")];
  const field = unmet.length > 0 || affinityExpressions(pod).length === 0 ? "nodeSelector" : "affinity.nodeAffinity";
  const path = `${podSpecPath(workload)}.${field}`;
  const found = keys.map((key) => foundWords(nodes, key)).join(", ");
  const what = asked.join(", ") || `${allAsked(pod)}, all at once`;
  return {
    key: `node-labels/${asked.join(",")}`,
    words: `${path} asks for ${what}, which no node that would take it carries${found ? ` (${found})` : ""}`,
    evidence: [
      fromTenant(pod, `spec.${field}`, what),
      ...nodes
        .slice(0, 3)
        .map((node) =>
          fromControlPlane(
            node,
            "metadata.labels",
            keys.map((key) => `${key}=${labelsOf(node)[key] ?? "(absent)"}`).join(", "),
          ),
        ),
    ],
    decide: decisionOf(path, { what, keys }),
    fix: selectorPatch(workload, unmet, nodes),
  };
}

/** What a node is: its kubelet or cloud says it, and nobody else makes it so by a label. */
const PLATFORM = /^(?:beta\.)?kubernetes\.io\/(?:os|arch)$/;
const GIVEN =
  /^(?:kubernetes\.io\/hostname|(?:beta|node)\.kubernetes\.io\/instance-type|(?:topology|failure-domain\.beta)\.kubernetes\.io\/(?:zone|region))$/;

interface Asked {
  readonly what: string;
  readonly keys: readonly string[];
}

function decisionOf(path: string, { what, keys }: Asked): string {
  if (keys.some((key) => PLATFORM.test(key)))
    return `decide where it can run: an image runs only on the system and architecture that it is built for; add a node with ${what}, or correct ${path} if the image is built for the nodes that there are`;
  if (keys.some((key) => GIVEN.test(key)))
    return `correct ${path} if what it needs (volumes, neighbours) is at the nodes that there are, or add a node with ${what}`;
  return `correct ${path}, or label a node with ${what}`;
}

function labelsOf(node: SnapshotObject): Json {
  return objectAt(node, "metadata", "labels");
}

function foundWords(nodes: readonly SnapshotObject[], key: string): string {
  const values = [...new Set(nodes.flatMap((node) => textAt(labelsOf(node), key) ?? []))].sort();
  if (nodes.length === 0) return "";
  return values.length === 0 ? `no node has label ${key}` : `nodes have ${key}=${values.slice(0, 5).join("|")}`;
}

function allAsked(pod: SnapshotObject): string {
  const pairs = Object.entries(objectAt(podSpecOf(pod), "nodeSelector")).map(
    ([key, value]) => `${key}=${String(value)}`,
  );
  return [...pairs, ...affinityExpressions(pod).map(requirementText)].join(" and ");
}

/** Requirements of required terms; a node has to satisfy one term whole, so each that none satisfies is at fault. */
function affinityExpressions(pod: SnapshotObject): readonly Json[] {
  const required = objectAt(
    podSpecOf(pod),
    "affinity",
    "nodeAffinity",
    "requiredDuringSchedulingIgnoredDuringExecution",
  );
  return objectsAt(required, "nodeSelectorTerms").flatMap((term) => objectsAt(term, "matchExpressions"));
}

/**
 * Where all nodes with that label agree on one value, of which the selector's is a misspelling, it follows them. Another
 * word means another kind of node, and of what a node is, even a similar one.
 */
function selectorPatch(
  workload: SnapshotObject,
  unmet: readonly (readonly [string, unknown])[],
  nodes: readonly SnapshotObject[],
): Fix | undefined {
  const [wrong, ...others] = unmet;
  if (wrong === undefined || others.length > 0 || workload.kind === "Pod") return undefined;
  const [key, value] = wrong;
  const values = [...new Set(nodes.flatMap((node) => textAt(labelsOf(node), key) ?? []))];
  const [only] = values;
  if (only === undefined || values.length > 1 || !isMeant(key, String(value), only)) return undefined;
  const edit = { path: `${podSpecPointer(workload)}/nodeSelector/${pointerStep(key)}`, from: value, to: only };
  return patchFix(workload, [edit], `select nodes with ${key}=${only} instead of ${key}=${String(value)}`);
}

function isMeant(key: string, asked: string, carried: string): boolean {
  const fact = PLATFORM.test(key) || GIVEN.test(key);
  return sameWord(asked, carried) || (!fact && isSlip(asked, carried));
}
