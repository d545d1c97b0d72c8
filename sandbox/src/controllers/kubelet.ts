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
  /** Pods that an incident keeps as they are written. */
  readonly untouched: Set<string>;
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
  const node: Node = { context, rules, tracks, untouched: new Set(), next };
  return {
    reconcile() {
      const pods = context.registry.store.list(POD.storage);
      const present = new Set(pods.map(({ metadata }) => metadata.uid));
      for (const uid of tracks.keys()) if (!present.has(uid)) tracks.delete(uid);
      return pods.reduce((soonest, pod) => Math.min(soonest, reconcileOne(node, pod)), Number.POSITIVE_INFINITY);
    },
    logs: {
      read(pod, name, previous) {
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
  const isLeaving = pod.metadata.deletionTimestamp !== undefined;
  if (node.untouched.has(pod.metadata.uid) && !isLeaving) return Number.POSITIVE_INFINITY;
  const track = node.tracks.get(pod.metadata.uid) ?? begin(node, pod);
  if (track === undefined) return Number.POSITIVE_INFINITY;
  const moved = isLeaving ? stop(node, pod, track) : live(node, pod, track);
  if (moved === undefined) node.tracks.delete(pod.metadata.uid);
  else node.tracks.set(pod.metadata.uid, moved);
  return moved === undefined ? Number.POSITIVE_INFINITY : nextTime(moved);
}

/** Undefined for a pod that an incident keeps as it is written. */
function begin(node: Node, pod: KubeObject): PodTrack | undefined {
  const containers = recordsOf(pod.spec?.["containers"]);
  const isStatic = containers.some(
    (container) => outcomeOf(node.context.registry.store, node.rules, { pod, container }).kind === "static",
  );
  const isOver = pod.status?.["phase"] === "Succeeded" || pod.status?.["phase"] === "Failed";
  if ((isStatic || isOver) && pod.metadata.deletionTimestamp === undefined) {
    node.untouched.add(pod.metadata.uid);
    return undefined;
  }
  const number = node.next();
  const ip = `10.244.${Math.floor(number / 250) % 250}.${(number % 250) + 2}`;
  return { dueAtMs: node.context.clock.now() + node.context.timing.scheduleMs, stopping: false, ip, containers: [] };
}

function live(node: Node, pod: KubeObject, track: PodTrack): PodTrack {
  if (track.containers.length === 0)
    return node.context.clock.now() < track.dueAtMs ? track : schedule(node, pod, track);
  const containers = track.containers.map((container) => catchUp(node, pod, container));
  writePodStatus(node, pod, { ...track, containers });
  return { ...track, containers };
}

function schedule(node: Node, pod: KubeObject, track: PodTrack): PodTrack {
  const write = { resource: POD, object: pod, manager: "kube-scheduler", subresource: "binding" };
  writeObject(node.context, write, (now) => ({ ...now, spec: { ...now.spec, nodeName: NODE_NAME } }));
  node.context.events.writeScheduled(pod, NODE_NAME);
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
