import type { Fix, Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { isOpenTo, mayRunOn } from "../../snapshot/node-match.ts";
import { condition, isLive, isReady, phaseOf } from "../../snapshot/pod-state.ts";
import { isOneNamespace } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Nodes that do not run what they are given, or take nothing new. */
export function node(index: SnapshotIndex): readonly Draft[] {
  return index.ofKind("Node").flatMap((one) => {
    if (isOneNamespace(index) && podsOn(index, one).length === 0) return waitedFor(index, one);
    const wrong = notReady(index, one) ?? pressed(index, one) ?? cordoned(index, one);
    return wrong === undefined ? [] : [nodeFinding(one, wrong)];
  });
}

/** Of a node that runs nothing of the one namespace only what its pods wait for matters. */
function waitedFor(index: SnapshotIndex, one: SnapshotObject): readonly Draft[] {
  const wrong = cordoned(index, one);
  return wrong === undefined ? [] : [nodeFinding(one, wrong)];
}

interface Wrong {
  readonly key: string;
  readonly severity: Severity;
  readonly words: string;
  readonly evidence: Draft["finding"]["evidence"];
  readonly pods: readonly SnapshotObject[];
  readonly accountsFor: readonly SnapshotObject[];
  readonly symptom: string;
  readonly change?: Draft["finding"]["change"];
  readonly fix: Fix;
}

function podsOn(index: SnapshotIndex, { metadata }: SnapshotObject): readonly SnapshotObject[] {
  return index.ofKind("Pod").filter((pod) => textAt(pod, "spec", "nodeName") === metadata.name);
}

function rootsOf(index: SnapshotIndex, pods: readonly SnapshotObject[]): readonly SnapshotObject[] {
  return [...new Set([...pods, ...pods.map((pod) => index.rootOf(pod))])];
}

/** The kubelet says that it is not ready, or says nothing any more. */
function notReady(index: SnapshotIndex, one: SnapshotObject): Wrong | undefined {
  const ready = condition(one, "Ready");
  const status = textAt(ready, "status");
  if (ready === undefined || status === "True") return undefined;
  const [reason = "", message = ""] = [textAt(ready, "reason"), textAt(ready, "message")];
  const since = textAt(ready, "lastTransitionTime");
  const lost = status === "Unknown";
  const pods = podsOn(index, one).filter((pod) => !isReady(pod) || pod.metadata.deletionTimestamp !== undefined);
  return {
    key: lost ? "unknown" : "not-ready",
    severity: "critical",
    words: lost
      ? `has sent no status since ${textAt(ready, "lastHeartbeatTime") ?? since} (${reason}): its kubelet is down or cut off`
      : `is not ready: ${clip(message || reason, 400)}`,
    evidence: [
      fromControlPlane(one, "status.conditions[Ready].status", status ?? ""),
      fromControlPlane(one, "status.conditions[Ready].message", message),
    ],
    pods,
    accountsFor: rootsOf(index, pods),
    symptom: `runs on Node/${one.metadata.name}, which is not ready`,
    ...(since === undefined ? {} : { change: { object: subjectOf(one), what: `Ready became ${status}`, at: since } }),
    fix: decision(remedyFor(message, lost, one.metadata.name)),
  };
}

const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/certificate|x509/i, "renew the kubelet's client certificate on"],
  [/cni|network plugin|NetworkPluginNotReady/i, "repair the network plugin (CNI) on"],
  [/container runtime|containerd|cri|PLEG/i, "repair or restart the container runtime on"],
  [/disk|no space/i, "free disk space on"],
];

function remedyFor(message: string, lost: boolean, name: string): string {
  const [, known] = REMEDIES.find(([pattern]) => pattern.test(message)) ?? [];
  return `${known ?? (lost ? "look at the machine, its network and its kubelet, and restart the kubelet of" : "repair what the kubelet reports on")} Node/${name}`;
}

const PRESSURES: Readonly<Record<string, string>> = {
  MemoryPressure: "memory",
  DiskPressure: "disk space",
  PIDPressure: "process ids",
  NetworkUnavailable: "a working network",
};

/** The kubelet evicts pods, and takes no new ones. */
function pressed(index: SnapshotIndex, one: SnapshotObject): Wrong | undefined {
  const found = objectsAt(one, "status", "conditions").find(
    ({ type, status }) => PRESSURES[String(type)] !== undefined && status === "True",
  );
  if (found === undefined) return undefined;
  const type = String(found["type"]);
  const evicted = podsOn(index, one).filter((pod) => textAt(pod, "status", "reason") === "Evicted");
  const users = evicted.length === 0 ? "" : `; ${evicted.length} pods were evicted`;
  return {
    key: type,
    severity: "error",
    words: `lacks ${PRESSURES[type]} (${type}): ${clip(textAt(found, "message") ?? "", 300)}${users}`,
    evidence: [
      fromControlPlane(one, `status.conditions[${type}].status`, "True"),
      ...evicted
        .slice(0, 5)
        .map((pod) => fromControlPlane(pod, "status.message", textAt(pod, "status", "message") ?? "Evicted")),
    ],
    pods: evicted,
    accountsFor: rootsOf(index, evicted),
    symptom: `was evicted from Node/${one.metadata.name}`,
    fix: decision(`free ${PRESSURES[type]} on Node/${one.metadata.name}, and find which pod uses it without a limit`),
  };
}

const UNSCHEDULABLE = /unschedulable/;

/** Cordoned, and pods wait because of it that could run there alone: without those it is maintenance. */
function cordoned(index: SnapshotIndex, one: SnapshotObject): Wrong | undefined {
  if (valueAt(one, "spec", "unschedulable") !== true) return undefined;
  const waiting = shutOut(index).filter((pod) => mayRunOn(index, one, pod));
  const [pod] = waiting;
  if (pod === undefined) return undefined;
  const { name } = one.metadata;
  const change = lastEdit(one, "spec.unschedulable");
  return {
    key: "cordoned",
    severity: "error",
    words: `is cordoned (spec.unschedulable true), and ${waiting.length} ${waiting.length === 1 ? "pod finds" : "pods find"} no other node`,
    evidence: [
      fromTenant(one, "spec.unschedulable", "true"),
      fromControlPlane(
        pod,
        "status.conditions[PodScheduled].message",
        textAt(condition(pod, "PodScheduled"), "message") ?? "",
      ),
    ],
    pods: waiting,
    accountsFor: rootsOf(index, waiting),
    symptom: `Pending: Node/${name} is cordoned`,
    ...(change === undefined ? {} : { change }),
    fix: patchFix(
      one,
      [{ path: "/spec/unschedulable", from: true }],
      `uncordon Node/${name}, once its maintenance is over`,
    ),
  };
}

const known = new WeakMap<SnapshotIndex, readonly SnapshotObject[]>();

/** Pods that wait while no node is open to them; looked for once, since there may be hundreds of nodes and of pods. */
function shutOut(index: SnapshotIndex): readonly SnapshotObject[] {
  const found = known.get(index) ?? index.ofKind("Pod").filter((pod) => isShutOut(index, pod));
  known.set(index, found);
  return found;
}

function isShutOut(index: SnapshotIndex, pod: SnapshotObject): boolean {
  const scheduled = condition(pod, "PodScheduled");
  return (
    isLive(pod) &&
    phaseOf(pod) === "Pending" &&
    textAt(scheduled, "status") === "False" &&
    UNSCHEDULABLE.test(textAt(scheduled, "message") ?? "") &&
    !index.ofKind("Node").some((node) => isOpenTo(index, node, pod))
  );
}

function nodeFinding(one: SnapshotObject, wrong: Wrong): Draft {
  const { key, severity, words, evidence, pods, accountsFor, symptom, change, fix } = wrong;
  return draft({
    analyzer: "node",
    layer: "apart",
    severity,
    subject: one,
    causeKey: [key],
    cause: `Node/${one.metadata.name} ${words}`,
    symptom: words,
    accountsFor,
    evidence,
    explains: pods.map((pod) => ({ subject: subjectOf(pod), symptom })),
    change,
    fix,
  });
}
