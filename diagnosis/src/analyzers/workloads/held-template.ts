import { describeChange, revisionsOf } from "../../changes/changes-of.ts";
import { diffTemplates, type FieldChange } from "../../changes/diff-templates.ts";
import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { isObserved, outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectAt, textAt, valueAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Held, heldSet, pausedDeployment } from "./template-hold.ts";

/**
 * Workloads whose failing pods are of an older template, while a newer one waits: a repair that is written but not rolled
 * out. A hold over pods that are well is a choice, and silent.
 */
export function heldTemplate(index: SnapshotIndex): readonly Draft[] {
  const held = [
    ...index.ofKind("Deployment").flatMap((deployment) => pausedDeployment(index, deployment) ?? []),
    ...["StatefulSet", "DaemonSet"].flatMap((kind) => index.ofKind(kind).flatMap((set) => heldSet(index, set) ?? [])),
  ];
  const failing = held.filter(({ workload }) => isObserved(workload));
  const waiting = index.ofKind("Deployment").filter((one) => !failing.some(({ workload }) => workload === one));
  return [
    ...failing.map((one) => heldFinding(index, one)),
    ...waiting.flatMap((one) => pausedNote(index, one) ?? []),
    ...index.ofKind("DaemonSet").flatMap((set) => onDeleteNote(index, set) ?? []),
  ];
}

/** OnDelete over pods that are well may be a choice as well; of a StatefulSet `stateful-set` says it. */
function onDeleteNote(index: SnapshotIndex, set: SnapshotObject): Draft | undefined {
  const [desired, updated] = ["desiredNumberScheduled", "updatedNumberScheduled"].map(
    (field) => numberAt(set, "status", field) ?? 0,
  );
  const held = (desired ?? 0) - (updated ?? 0);
  const onDelete = textAt(set, "spec", "updateStrategy", "type") === "OnDelete";
  if (!onDelete || held <= 0 || !isObserved(set)) return undefined;
  const old = revisionsOf(index, set).findLast(({ pods }) => pods.length > 0)?.template;
  const { changes } = diffTemplates(old, objectAt(set, "spec", "template"));
  return draft({
    analyzer: "held-template",
    layer: "apart",
    severity: "info",
    subject: set,
    causeKey: ["on-delete"],
    cause: `DaemonSet ${set.metadata.name} does not roll out its newest template${old === undefined ? "" : changesText(changes)}: spec.updateStrategy.type OnDelete keeps ${held} of ${desired} pods at an older one until somebody deletes them`,
    symptom: "its newest template is not rolled out",
    evidence: [
      fromTenant(set, "spec.updateStrategy.type", "OnDelete"),
      fromControlPlane(set, "status.updatedNumberScheduled", String(updated)),
    ],
    fix: decision(
      `delete the pods of DaemonSet ${set.metadata.name} one after the other, or use RollingUpdate, unless it waits on purpose`,
    ),
  });
}

/** A pause over pods that are well may be a choice: it is said, and no more. */
function pausedNote(index: SnapshotIndex, workload: SnapshotObject): Draft | undefined {
  const old = revisionsOf(index, workload).at(-1)?.template;
  if (valueAt(workload, "spec", "paused") !== true || old === undefined || !isObserved(workload)) return undefined;
  const { changes } = diffTemplates(old, objectAt(workload, "spec", "template"));
  if (changes.length === 0) return undefined;
  const { name } = workload.metadata;
  return draft({
    analyzer: "held-template",
    layer: "apart",
    severity: "info",
    subject: workload,
    causeKey: ["paused"],
    cause: `Deployment ${name} does not roll out its newest template${changesText(changes)}: spec.paused is true`,
    symptom: "its newest template is not rolled out",
    evidence: [fromTenant(workload, "spec.paused", "true")],
    fix: decision(`resume the rollout of Deployment ${name} (kubectl rollout resume), unless it waits on purpose`),
  });
}

const MAX_CHANGES = 3;

/** `, which changed env MODE at … from a to b`. */
function changesText(changes: readonly FieldChange[]): string {
  const shown = changes.filter(({ path }) => !path.endsWith("$patch")).map(describeChange);
  const more = shown.length > MAX_CHANGES ? " and more" : "";
  return shown.length === 0 ? "" : `, which ${shown.slice(0, MAX_CHANGES).join(" and ")}${more}`;
}

function heldFinding(index: SnapshotIndex, { workload, pods, old, hold }: Held): Draft {
  const { kind, metadata } = workload;
  const { changes } = diffTemplates(old, objectAt(workload, "spec", "template"));
  const what = changesText(changes);
  return draft({
    analyzer: "held-template",
    layer: "setting",
    severity: outageSeverity(index, workload),
    subject: workload,
    causeKey: [hold.field],
    cause: `${kind} ${metadata.name} does not roll out its newest template${what}, and its pods of an older one fail: ${hold.words}`,
    symptom: "its newest template is not rolled out",
    evidence: [
      fromTenant(workload, hold.field, hold.value),
      ...pods.slice(0, 3).map((pod) => fromControlPlane(pod, "status.conditions[Ready].status", "False")),
    ],
    explains: pods.map((pod) => ({ subject: subjectOf(pod), symptom: "is of an older template, and fails" })),
    fix: hold.fix,
  });
}
