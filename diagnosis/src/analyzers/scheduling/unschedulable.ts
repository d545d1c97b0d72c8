import type { FindingEvidence, Fix } from "@sre-agent/crds";
import { clip, type Draft, draft, fromControlPlane, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { badRevision, changeSentence, precedingChange } from "../../findings/preceding-change.ts";
import { remedy } from "../../findings/rollback-fix.ts";
import { outageSeverity } from "../../health.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { ageMs, condition, containerStates, isLive } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { claimOf } from "./claims.ts";
import { cordoned } from "./cordoned.ts";
import { type EligibleNodes, eligibleNodes } from "./eligible-nodes.ts";
import { exclusiveClaim } from "./exclusive-claim.ts";
import { hostPort } from "./host-port.ts";
import { nodeLabels } from "./node-labels.ts";
import { podCount } from "./pod-count.ts";
import { repellingPod } from "./repelling-pod.ts";
import { insufficient } from "./resources.ts";
import { gated, neverScheduled } from "./scheduler.ts";
import { spread } from "./spread.ts";
import { untolerated } from "./taints.ts";

/** A pod that no node takes, and the scheduler's own words about it. */
export interface Unscheduled {
  readonly pod: SnapshotObject;
  readonly workload: SnapshotObject;
  readonly message: string;
  readonly nodes: EligibleNodes;
}

/** One reason why no node takes a pod. */
export interface SchedulingReason {
  readonly key: string;
  /** What is wrong, after `no node takes …: `. */
  readonly words: string;
  readonly evidence: readonly FindingEvidence[];
  readonly decide: string;
  readonly fix?: Fix | undefined;
  /** Pods of every revision would wait in the same way: going back repairs nothing. */
  readonly anyRevision?: boolean;
  /** A moment after a pod was made this is how things go. */
  readonly passes?: boolean;
  /** The object at fault, where it is not the workload; its own finding is the cause. */
  readonly restsOn?: readonly SnapshotObject[];
}

/** One reader of the scheduler's words: undefined when the reason is not its own. */
type ReadReason = (index: SnapshotIndex, unscheduled: Unscheduled) => SchedulingReason | undefined;

const READERS: readonly ReadReason[] = [
  gated,
  neverScheduled,
  claimOf,
  nodeLabels,
  untolerated,
  insufficient,
  podCount,
  hostPort,
  spread,
  repellingPod,
  exclusiveClaim,
  cordoned,
];

/** Pods for which the scheduler finds no node, one finding a workload. */
export function unschedulable(index: SnapshotIndex): readonly Draft[] {
  const pending = index.ofKind("Pod").filter((pod) => isUnscheduled(index, pod));
  const groups = Map.groupBy(pending, (pod) => index.rootOf(pod));
  return [...groups].flatMap(([workload, pods]) => schedulingFinding(index, workload, pods));
}

/** Longer than a scheduler takes for its first look. */
const PATIENCE_MS = 20_000;

function isUnscheduled(index: SnapshotIndex, pod: SnapshotObject): boolean {
  if (!isLive(pod) || textAt(pod, "status", "phase") !== "Pending") return false;
  const scheduled = condition(pod, "PodScheduled");
  if (textAt(scheduled, "status") === "True") return false;
  if (scheduled !== undefined) return true;
  return containerStates(pod).length === 0 && !isNew(index, pod);
}

function isNew(index: SnapshotIndex, pod: SnapshotObject): boolean {
  return (ageMs(index.nowMs, pod.metadata.creationTimestamp) ?? 0) <= PATIENCE_MS;
}

function messageOf(index: SnapshotIndex, pod: SnapshotObject): string {
  const event = latestEvent(index, pod, { reason: "FailedScheduling" });
  return textAt(condition(pod, "PodScheduled"), "message") ?? (event ? eventMessage(event) : "");
}

function schedulingFinding(
  index: SnapshotIndex,
  workload: SnapshotObject,
  pods: readonly SnapshotObject[],
): readonly Draft[] {
  const [pod] = pods;
  if (pod === undefined) return [];
  const message = messageOf(index, pod);
  const nodes = eligibleNodes(index, pod);
  const reasons = READERS.flatMap((read) => read(index, { pod, workload, message, nodes }) ?? []);
  if (reasons.length > 0 && reasons.every(({ passes }) => passes) && isNew(index, pod)) return [];
  const bad = badRevision(index, workload, pods);
  const sentence = bad && changeSentence(bad.change);
  const patch = reasons.find(({ fix }) => fix !== undefined)?.fix;
  const anyRevision = reasons.some((reason) => reason.anyRevision);
  const { fix, evidence } = anyRevision
    ? { fix: patch ?? decision(decisionOf(reasons)), evidence: [] }
    : remedy(index, workload, { bad, otherwise: decisionOf(reasons), patch });
  const cause = causeOf(pods.length, { reasons, message });
  const symptom = "Pending: unschedulable";
  return [
    draft({
      analyzer: "unschedulable",
      layer: "cause",
      severity: outageSeverity(index, workload),
      subject: workload,
      causeKey: reasons.map(({ key }) => key),
      cause: sentence ? `${cause}; ${sentence}` : cause,
      symptom: `${symptom} (${reasons.map(({ words }) => words)[0] ?? message})`,
      evidence: [
        fromControlPlane(pod, "status.conditions[PodScheduled].message", message),
        ...reasons.flatMap((reason) => reason.evidence),
        ...evidence,
      ],
      explains: pods.filter((one) => one !== workload).map((one) => ({ subject: subjectOf(one), symptom })),
      restsOn: reasons.flatMap(({ restsOn = [] }) => restsOn),
      change: bad && precedingChange(workload, bad.change),
      fix,
    }),
  ];
}

interface Said {
  readonly reasons: readonly SchedulingReason[];
  readonly message: string;
}

function causeOf(count: number, { reasons, message }: Said): string {
  const who = `no node takes ${count} pod${count === 1 ? "" : "s"}`;
  if (reasons.length === 0) return `${who}: ${clip(message || "the scheduler gives no reason", 500)}`;
  return `${who}: ${reasons.map(({ words }) => words).join("; ")}`;
}

function decisionOf(reasons: readonly SchedulingReason[]): string {
  if (reasons.length === 0) return "make room on a node, or correct what the scheduler names";
  return reasons.map(({ decide }) => decide).join("; and ");
}
