import type { LogSource } from "../http/request.ts";
import { NODE_NAME } from "../incidents/cluster-objects.ts";
import type { BehaviourRule } from "../incidents/incident.ts";
import { recordsOf, textOf } from "../json.ts";
import { type KubeObject, keyOf } from "../object.ts";
import { builtIn } from "../resources/built-in.ts";
import { outcomeOf } from "./behaviour.ts";
import { linesOf } from "./container-run.ts";
import { advance, type ContainerTrack, type Tools } from "./container-track.ts";
import { type Context, type Controller, writeObject, writeStatus } from "./context.ts";
import { podStatus } from "./pod-status.ts";
import { isReady } from "./replica-set.ts";

const NODE = builtIn("Node");
const POD = builtIn("Pod");

interface PodTrack {
  /** When it goes to a node, or (stopping) when it is gone. */
  readonly dueAtMs: number;
  readonly stopping: boolean;
  readonly ip: string;
  readonly containers: readonly ContainerTrack[];
}

export interface Kubelet extends Controller {
  readonly logs: LogSource;
}

interface Node {
  readonly context: Context;
  readonly rules: readonly BehaviourRule[];
  readonly tracks: Map<string, PodTrack>;
  /** Pods that stay as they are written: an incident's, and those that fare like a recorded one, which is the value. */
  readonly untouched: Map<string, KubeObject>;
  /** The next number: of an address, of a run. */
  next(): number;
}

/** Scheduler and node in one: binds pods to the only node and lets their containers do what the incident says. */
export function createKubelet(context: Context, rules: readonly BehaviourRule[]): Kubelet {
  const tracks = new Map<string, PodTrack>();
  let sequence = 0;
  const next = () => {
    sequence += 1;
    return sequence;
  };
  const node: Node = { context, rules, tracks, untouched: new Map(), next };
  return {
    reconcile() {
      const pods = context.registry.store.list(POD.storage);
      const present = new Set(pods.map(({ metadata }) => metadata.uid));
      for (const uid of tracks.keys()) if (!present.has(uid)) tracks.delete(uid);
      return pods.reduce((soonest, pod) => Math.min(soonest, reconcileOne(node, pod)), Number.POSITIVE_INFINITY);
    },
    logs: {
      read(pod, name, previous) {
        const recorded = node.untouched.get(pod.metadata.uid);
        if (recorded !== undefined && context.restored !== undefined) {
          return context.restored.log(recorded, name, previous);
        }
        const track = tracks.get(pod.metadata.uid)?.containers.find((container) => container.name === name);
        // While a container waits for its restart, its last run is both the present and the previous one.
        const run = previous ? track?.last : (track?.run ?? track?.last);
        return run && linesOf(run, context.clock.now());
      },
    },
  };
}

function podNameOf({ metadata }: KubeObject): string {
  return `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
}

function nextTime({ stopping, dueAtMs, containers }: PodTrack): number {
  if (stopping || containers.length === 0) return dueAtMs;
  return Math.min(...containers.map(({ nextAtMs }) => nextAtMs));
}

function reconcileOne(node: Node, pod: KubeObject): number {
  if (isStill(node, pod)) return Number.POSITIVE_INFINITY;
  const isLeaving = pod.metadata.deletionTimestamp !== undefined;
  const track = node.tracks.get(pod.metadata.uid) ?? begin(node, pod);
  if (track === undefined) return Number.POSITIVE_INFINITY;
  const moved = isLeaving ? stop(node, pod, track) : live(node, pod, track);
  if (moved === undefined) node.tracks.delete(pod.metadata.uid);
  else node.tracks.set(pod.metadata.uid, moved);
  return moved === undefined ? Number.POSITIVE_INFINITY : nextTime(moved);
}

/** Whether the pod is to be left as it was recorded or written. */
function isStill({ context, untouched }: Node, pod: KubeObject): boolean {
  const { uid, deletionTimestamp, finalizers = [] } = pod.metadata;
  const isRecorded = context.stillness.holds("kubelet", pod, [deletionTimestamp, finalizers]);
  if (isRecorded) untouched.set(uid, pod);
  return isRecorded || (deletionTimestamp === undefined && untouched.has(uid));
}

/** Undefined for a pod that stays as it is written. */
function begin(node: Node, pod: KubeObject): PodTrack | undefined {
  const isLeaving = pod.metadata.deletionTimestamp !== undefined;
  const precedent = isLeaving ? undefined : node.context.restored?.precedent(pod);
  if (precedent !== undefined) {
    followPrecedent(node, pod, precedent);
    return undefined;
  }
  const containers = recordsOf(pod.spec?.["containers"]);
  const isStatic = containers.some(
    (container) => outcomeOf(node.context.registry.store, node.rules, { pod, container }).kind === "static",
  );
  const isOver = pod.status?.["phase"] === "Succeeded" || pod.status?.["phase"] === "Failed";
  if ((isStatic || isOver) && !isLeaving) {
    node.untouched.set(pod.metadata.uid, pod);
    return undefined;
  }
  const number = node.next();
  const ip = `10.244.${Math.floor(number / 250) % 250}.${(number % 250) + 2}`;
  return { dueAtMs: node.context.clock.now() + node.context.timing.scheduleMs, stopping: false, ip, containers: [] };
}

/** What became of the recorded pod becomes of this one: a recording cannot tell whether another try would go better. */
function followPrecedent(node: Node, pod: KubeObject, precedent: KubeObject): void {
  node.untouched.set(pod.metadata.uid, precedent);
  const nodeName = precedent.spec?.["nodeName"];
  if (nodeName !== undefined) bind(node, pod, textOf(nodeName));
  writeStatus(node.context, { resource: POD, object: pod, manager: "kubelet", status: precedent.status ?? {} });
}

function bind(node: Node, pod: KubeObject, nodeName: string): void {
  const write = { resource: POD, object: pod, manager: "kube-scheduler", subresource: "binding" };
  writeObject(node.context, write, (now) => ({ ...now, spec: { ...now.spec, nodeName } }));
  node.context.events.writeScheduled(pod, nodeName);
}

/** The first node that takes pods. */
function freeNode({ context }: Node): string {
  const nodes = context.registry.store.list(NODE.storage);
  const isFree = (node: KubeObject) => node.spec?.["unschedulable"] !== true && isReady(node);
  return nodes.find(isFree)?.metadata.name ?? NODE_NAME;
}

function live(node: Node, pod: KubeObject, track: PodTrack): PodTrack {
  if (track.containers.length === 0)
    return node.context.clock.now() < track.dueAtMs ? track : schedule(node, pod, track);
  const containers = track.containers.map((container) => catchUp(node, pod, container));
  writePodStatus(node, pod, { ...track, containers });
  return { ...track, containers };
}

function schedule(node: Node, pod: KubeObject, track: PodTrack): PodTrack {
  bind(node, pod, freeNode(node));
  const nextAtMs = node.context.clock.now() + node.context.timing.createMs;
  const containers = recordsOf(pod.spec?.["containers"]).map((container): ContainerTrack => {
    const [name, image] = [textOf(container["name"]), textOf(container["image"])];
    return { name, image, phase: "creating", nextAtMs, restarts: 0, ready: false };
  });
  writePodStatus(node, pod, { ...track, containers });
  return { ...track, containers };
}

function catchUp(node: Node, pod: KubeObject, container: ContainerTrack): ContainerTrack {
  let current = container;
  while (current.nextAtMs <= node.context.clock.now()) current = advance(current, toolsFor(node, pod, current.name));
  return current;
}

function toolsFor(node: Node, pod: KubeObject, name: string): Tools {
  const container = recordsOf(pod.spec?.["containers"]).find((each) => each["name"] === name) ?? {};
  const place = { component: "kubelet", host: NODE_NAME, fieldPath: `spec.containers{${name}}` };
  return {
    timing: node.context.timing,
    configMapSince: (wanted) => configMapSince(node, pod, wanted),
    restartPolicy: textOf(pod.spec?.["restartPolicy"]),
    podName: podNameOf(pod),
    outcome: () => outcomeOf(node.context.registry.store, node.rules, { pod, container }),
    runId: () => `${pod.metadata.uid.replaceAll("-", "")}${node.next().toString(16).padStart(8, "0")}`,
    emit: (type, reason, message) => node.context.events.write({ about: pod, type, reason, message, ...place }),
  };
}

/** When a ConfigMap of the pod's namespace was created; undefined while there is none. */
function configMapSince(node: Node, { metadata }: KubeObject, name: string): number | undefined {
  const { store } = node.context.registry;
  const found = store.get(builtIn("ConfigMap").storage, { namespace: metadata.namespace ?? "", name });
  return found && Date.parse(found.metadata.creationTimestamp ?? "");
}

function writePodStatus(node: Node, pod: KubeObject, { containers, ip }: PodTrack): void {
  const status = podStatus({ pod, podName: podNameOf(pod), containers, ip, nowMs: node.context.clock.now() });
  writeStatus(node.context, { resource: POD, object: pod, manager: "kubelet", status });
}

function stop(node: Node, pod: KubeObject, track: PodTrack): PodTrack | undefined {
  if (!track.stopping)
    return { ...track, stopping: true, dueAtMs: node.context.clock.now() + announceStop(node, pod, track) };
  if (node.context.clock.now() < track.dueAtMs) return track;
  if ((pod.metadata.finalizers ?? []).length === 0) node.context.registry.store.remove(POD.storage, keyOf(pod));
  return undefined;
}

function announceStop(node: Node, pod: KubeObject, { containers }: PodTrack): number {
  for (const { name, phase } of containers) {
    if (phase !== "running") continue;
    toolsFor(node, pod, name).emit("Normal", "Killing", `Stopping container ${name}`);
  }
  return node.context.timing.stopMs;
}
