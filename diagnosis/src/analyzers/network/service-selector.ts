import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix, pointerStep } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { Json } from "../../snapshot/json.ts";
import { carriesAll } from "../../snapshot/label-selector.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Backing, backingsOf, labelsOf, workloadsIn } from "./backing.ts";
import { isUsed, serviceFinding } from "./service-finding.ts";

/** Services whose selector matches no pod, nor a workload that would make one. */
export function serviceSelector(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Pod") || !index.knows("Deployment") || !index.knows("StatefulSet")) return [];
  return backingsOf(index)
    .filter(({ pods, workloads }) => pods.length === 0 && workloads.length === 0)
    .flatMap((backing) => selectorFinding(index, backing));
}

function selectorFinding(index: SnapshotIndex, { service, selector }: Backing): readonly Draft[] {
  const nearest = nearestWorkload(index, service, selector);
  if (nearest === undefined) return orphanFinding(index, service, selector);
  const labels = labelsOf(index, nearest);
  const wrong = Object.keys(selector).filter((key) => labels[key] !== selector[key]);
  const carried = wrong.map((key) => (labels[key] === undefined ? `no label ${key}` : `${key}=${labels[key]}`));
  const who = nearest.kind === "Pod" ? `Pod/${nearest.metadata.name} carries` : `the pods of ${nameOf(nearest)} carry`;
  return [
    serviceFinding(index, service, {
      analyzer: "service-selector",
      causeKey: ["selector"],
      severity: isSure(index, { service, nearest, labels, wrong }) ? "critical" : "warning",
      cause: `Service/${service.metadata.name} selects ${pairs(selector)}, which no pod carries; ${who} ${carried.join(", ")}`,
      symptom: "selects no pod",
      evidence: [
        fromTenant(service, "spec.selector", pairs(selector)),
        fromTenant(
          nearest,
          nearest.kind === "Pod" ? "metadata.labels" : "spec.template.metadata.labels",
          pairs(labels),
        ),
      ],
      change: lastEdit(service, "spec.selector"),
      fix: selectorFix(index, service, { selector, labels, wrong, nearest }),
    }),
  ];
}

/** Nothing near: harmless unless somebody asks for it. */
function orphanFinding(index: SnapshotIndex, service: SnapshotObject, selector: Json): readonly Draft[] {
  if (!isUsed(index, service)) return [];
  return [
    serviceFinding(index, service, {
      analyzer: "service-selector",
      causeKey: ["selector"],
      severity: "error",
      cause: `Service/${service.metadata.name} selects ${pairs(selector)}, which no pod and no workload of its namespace carries`,
      symptom: "selects no pod",
      evidence: [fromTenant(service, "spec.selector", pairs(selector))],
      change: lastEdit(service, "spec.selector"),
      fix: decision(
        `deploy the workload that Service/${service.metadata.name} is for, or correct spec.selector (${pairs(selector)})`,
      ),
    }),
  ];
}

interface Mismatch {
  readonly service: SnapshotObject;
  readonly nearest: SnapshotObject;
  readonly labels: Json;
  readonly wrong: readonly string[];
}

/** Labels that controllers put on pods while they run: that no pod is the leader just now is no wrong selector. */
const ROLE = /role|leader|primary|master/i;

/** A second Service for a workload that is served already may wait for the next release. */
function isSure(index: SnapshotIndex, { service, nearest, labels, wrong }: Mismatch): boolean {
  if (wrong.every((key) => labels[key] === undefined && ROLE.test(key))) return false;
  const served = backingsOf(index).some(({ workloads }) => workloads.includes(nearest));
  return !served || isUsed(index, service) || service.metadata.name === nearest.metadata.name;
}

/** The workload that is most likely meant; undefined when none is, or two are alike. */
function nearestWorkload(index: SnapshotIndex, service: SnapshotObject, selector: Json): SnapshotObject | undefined {
  const [first, second] = workloadsIn(index, service.metadata.namespace ?? "")
    .map((workload) => ({ workload, score: likeness(service, selector, [workload, labelsOf(index, workload)]) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score);
  return first !== undefined && first.score !== second?.score ? first.workload : undefined;
}

function likeness(
  service: SnapshotObject,
  selector: Json,
  [workload, labels]: readonly [SnapshotObject, Json],
): number {
  const { name } = service.metadata;
  const equal = Object.entries(selector).filter(([key, value]) => labels[key] === value).length;
  const near = Object.entries(selector).filter(([key, value]) => nearText(value, labels[key])).length;
  const keys = Object.entries(selector).filter(([, value]) => Object.values(labels).includes(value)).length;
  const named = name === workload.metadata.name ? 4 : 0;
  const similar = nearText(name, workload.metadata.name) ? 1 : 0;
  return named + similar + 2 * (equal + near) + keys;
}

function nearText(value: unknown, other: unknown): boolean {
  return typeof value === "string" && typeof other === "string" && nearestName(value, [other]) !== undefined;
}

interface Correction extends Omit<Mismatch, "service"> {
  readonly selector: Json;
}

/** The labels of the workload instead of those that nothing carries, when the result selects its pods alone. */
function selectorFix(index: SnapshotIndex, service: SnapshotObject, found: Correction) {
  const { selector, labels, wrong, nearest } = found;
  const { name, namespace = "" } = service.metadata;
  const kept = Object.fromEntries(
    Object.entries(selector).flatMap(([key, value]) => {
      const carried = wrong.includes(key) ? labels[key] : value;
      return carried === undefined ? [] : [[key, carried]];
    }),
  );
  const others = workloadsIn(index, namespace).filter(
    (workload) => workload !== nearest && carriesAll(labelsOf(index, workload), kept),
  );
  const summary = `let Service/${name} select the pods of ${nameOf(nearest)}`;
  // Without its role a Service sends to all of them.
  const role = wrong.find((key) => labels[key] === undefined && ROLE.test(key));
  if (role !== undefined)
    return decision(`find out what should give the label ${role} to a pod of ${nameOf(nearest)}, and does not`);
  if (Object.keys(kept).length === 0 || others.length > 0) {
    return decision(`${summary}: choose labels that these pods alone carry (${pairs(labels)})`);
  }
  const edits = wrong.map((key) => ({
    path: `/spec/selector/${pointerStep(key)}`,
    from: selector[key],
    to: kept[key],
  }));
  return patchFix(service, edits, `${summary}: ${pairs(kept)}`);
}

function nameOf({ kind, metadata }: SnapshotObject): string {
  return `${kind}/${metadata.name}`;
}

/** `app=web,tier=front`. */
function pairs(labels: Json): string {
  return Object.entries(labels)
    .slice(0, 10)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
}
