import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { health } from "../../health.ts";
import { eventMessage, eventTime } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, textAt } from "../../snapshot/json.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

const VICTIMS = ["Deployment", "StatefulSet", "DaemonSet", "Job"];

/** Workloads that lost pods to others of a higher priority and have not got them back: the priority is the cause. */
export function preemption(index: SnapshotIndex): readonly Draft[] {
  const losses = VICTIMS.flatMap((kind) => index.ofKind(kind))
    .filter((workload) => health(index, workload).severity > 0)
    .flatMap((workload) => lossOf(index, workload));
  const groups = Map.groupBy(losses, ({ cause }) => cause);
  return [...groups].flatMap(([cause, group]) => preemptionFinding(cause, group));
}

interface Loss {
  readonly victim: SnapshotObject;
  readonly event: SnapshotObject;
  /** The PriorityClass of the winner; the winner's workload where the class is not seen, the victim where neither is. */
  readonly cause: SnapshotObject;
  readonly winner: string;
  readonly priority: number | undefined;
}

function lossOf(index: SnapshotIndex, victim: SnapshotObject): readonly Loss[] {
  const { namespace = "", name } = victim.metadata;
  const event = index
    .eventsOfPrefix("Pod", namespace, `${name}-`)
    .filter((one) => textAt(one, "reason") === "Preempted" && isRecent(index, eventTime(one), "event"))
    .sort((a, b) => (eventTime(a) < eventTime(b) ? -1 : 1))
    .at(-1);
  if (event === undefined) return [];
  const pod = winnerOf(index, event);
  const className = textAt(pod, "spec", "priorityClassName");
  const priorityClass = className === undefined ? undefined : index.byName("PriorityClass", undefined, className);
  const root = pod && index.rootOf(pod);
  const winner = root ? `${root.kind} ${root.metadata.namespace}/${root.metadata.name}` : "a pod of a higher priority";
  return [
    { victim, event, cause: priorityClass ?? root ?? victim, winner, priority: numberAt(pod, "spec", "priority") },
  ];
}

/** `Preempted by pod <uid> on node lab` since 1.27; before that `Preempted by namespace/name on node lab`. */
function winnerOf(index: SnapshotIndex, event: SnapshotObject): SnapshotObject | undefined {
  const [, by = ""] = /Preempted by (?:a )?(?:pod:? )?(\S+)/i.exec(eventMessage(event)) ?? [];
  const [namespace, name] = by.split("/");
  return index.byUid(by) ?? (name === undefined ? undefined : index.byName("Pod", namespace, name));
}

function preemptionFinding(cause: SnapshotObject, losses: readonly Loss[]): readonly Draft[] {
  const [first] = losses;
  if (first === undefined) return [];
  const victims = losses.map(({ victim }) => victim);
  const lost = victims.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`).join(", ");
  const isClass = cause.kind === "PriorityClass";
  const everyone = cause["globalDefault"] === true ? ", which is the default of every pod (globalDefault)," : "";
  const by = isClass ? ` of PriorityClass ${cause.metadata.name}${everyone} (${first.priority ?? "?"})` : "";
  return [
    draft({
      analyzer: "preemption",
      layer: "cause",
      severity: "critical",
      subject: cause,
      causeKey: ["preempts"],
      cause: `${first.winner}${by} preempted pods of ${lost}, whose priority is lower`,
      symptom: "its pods were preempted",
      evidence: [
        ...losses.map(({ event }) => fromControlPlane(event, "event Preempted", eventMessage(event))),
        ...(isClass ? [fromTenant(cause, "value", String(cause["value"]))] : []),
        ...(cause["globalDefault"] === true ? [fromTenant(cause, "globalDefault", "true")] : []),
      ],
      explains: victims
        .filter((one) => one !== cause)
        .map((one) => ({ subject: subjectOf(one), symptom: "its pods were preempted" })),
      accountsFor: victims.filter((one) => one !== cause),
      fix: decision(
        `decide which priority each deserves: lower that of ${first.winner}, raise that of ${lost}, or set preemptionPolicy Never; more room on the nodes ends the contest`,
      ),
    }),
  ];
}
