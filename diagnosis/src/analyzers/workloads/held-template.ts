import type { Fix } from "@sre-agent/crds";
import { describeChange, type Revision, revisionsOf } from "../../changes/changes-of.ts";
import { diffTemplates, type FieldChange } from "../../changes/diff-templates.ts";
import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import { reachingPods } from "../../findings/reaching-pods.ts";
import { restartFix } from "../../findings/restart-fix.ts";
import { health, isObserved, outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectAt, textAt, valueAt } from "../../snapshot/json.ts";
import { ageMs, containerStates, isLive, isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** What keeps the newest template from the pods. */
interface Hold {
  readonly field: string;
  readonly value: string;
  readonly words: string;
  readonly fix: Fix;
}

interface Held {
  readonly workload: SnapshotObject;
  /** Failing pods of an older template. */
  readonly pods: readonly SnapshotObject[];
  readonly old: unknown;
  readonly hold: Hold;
}

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

function pausedDeployment(index: SnapshotIndex, workload: SnapshotObject): Held | undefined {
  const untouched = (numberAt(workload, "status", "updatedReplicas") ?? 0) === 0;
  const newest = revisionsOf(index, workload).at(-1);
  const pods = index.podsOf(workload).filter((pod) => isFailing(index, pod));
  if (valueAt(workload, "spec", "paused") !== true || !untouched || pods.length === 0) return undefined;
  const decide = `resume the rollout of Deployment ${workload.metadata.name} (spec.paused)`;
  const noneServes = health(index, workload).ready === 0;
  return {
    ...{ workload, pods, old: newest?.template },
    hold: {
      ...{ field: "spec.paused", value: "true", words: "spec.paused is true" },
      fix: noneServes
        ? patchFix(workload, [{ path: "/spec/paused", from: true, to: false }], decide)
        : decision(decide),
    },
  };
}

function heldSet(index: SnapshotIndex, workload: SnapshotObject): Held | undefined {
  const revisions = revisionsOf(index, workload);
  const newest = revisions.at(-1);
  const older = revisions.filter((revision) => revision !== newest);
  const failing = older
    .flatMap((revision) => revision.pods.filter((pod) => isFailing(index, pod)).map((pod) => ({ revision, pod })))
    .sort((a, b) => (a.pod.metadata.name < b.pod.metadata.name ? -1 : 1));
  const [first] = failing;
  // A newer pod that fails as well says that the newest template repairs nothing.
  if (newest === undefined || first === undefined || newest.pods.some((pod) => !isReady(pod))) return undefined;
  const hold = holdOf(index, workload, { pod: first.pod, newest });
  return hold && { workload, pods: failing.map(({ pod }) => pod), old: first.revision.template, hold };
}

interface Waiting {
  readonly pod: SnapshotObject;
  readonly newest: Revision;
}

function holdOf(index: SnapshotIndex, workload: SnapshotObject, { pod, newest }: Waiting): Hold | undefined {
  const { name } = pod.metadata;
  const partition = numberAt(workload, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  if (textAt(workload, "spec", "updateStrategy", "type") === "OnDelete") {
    const fix = decision(`evict pod ${name}, so that it is made anew from the newest template, or use RollingUpdate`);
    const words = "spec.updateStrategy.type OnDelete replaces a pod only after somebody has removed it";
    return { field: "spec.updateStrategy.type", value: "OnDelete", words, fix };
  }
  if (workload.kind !== "StatefulSet") return undefined;
  const field = "spec.updateStrategy.rollingUpdate.partition";
  if (partition > ordinalOf(name)) {
    const fix = decision(`lower ${field} to ${ordinalOf(name)}, when the newest template is good for these pods`);
    return { field, value: String(partition), words: `${field} ${partition} keeps them at it`, fix };
  }
  return waitsForPod(index, workload, { pod, newest });
}

/** Longer than a controller takes to replace a pod. */
const PATIENCE_MS = 30_000;

/** A StatefulSet in order waits for the pod to get ready with its old template, which it never does. */
function waitsForPod(index: SnapshotIndex, workload: SnapshotObject, { pod, newest }: Waiting): Hold | undefined {
  const parallel = textAt(workload, "spec", "podManagementPolicy") === "Parallel";
  if (parallel || (ageMs(index.nowMs, newest.createdAt) ?? 0) < PATIENCE_MS) return undefined;
  const why = "its newest template reaches the pod that fails only when that is made anew";
  return {
    ...{ field: "spec.podManagementPolicy", value: "OrderedReady" },
    words: `its controller (podManagementPolicy OrderedReady) waits for pod ${pod.metadata.name} to get ready and does not replace it`,
    fix: reachingPods(index, workload, restartFix(workload, index.snapshot.now, why)),
  };
}

function ordinalOf(name: string): number {
  return Number(/-(\d+)$/.exec(name)?.[1] ?? 0);
}

function isFailing(index: SnapshotIndex, pod: SnapshotObject): boolean {
  const restarted = containerStates(pod).some(({ restarts }) => restarts > 0);
  const old = (ageMs(index.nowMs, pod.metadata.creationTimestamp) ?? 0) > PATIENCE_MS;
  return isLive(pod) && !isReady(pod) && (restarted || old);
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
