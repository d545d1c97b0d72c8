import type { Api, Created } from "./cluster-api.ts";
import { TOLERATIONS } from "./fake-nodes.ts";

const IMAGE = "registry.example/shop/service:1.4.2";
const IMAGE_ID = `registry.example/shop/service@sha256:${"5e".repeat(32)}`;
const RESOURCES = { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } };

/** Of each namespace the first workload cannot be scheduled, and one pod of the second crash-loops. */
export function isBroken(name: string, how: "pending" | "crash"): boolean {
  return name.endsWith(how === "pending" ? "-0" : "-1");
}

/** The template's specification for the workload `name`. */
export function podSpecOf(name: string): object {
  const probe = (path: string) => ({ httpGet: { path, port: "http" }, periodSeconds: 10 });
  return {
    tolerations: TOLERATIONS,
    containers: [
      {
        name: "service",
        image: IMAGE,
        ports: [{ name: "http", containerPort: 8080 }],
        env: [
          { name: "LOG_LEVEL", value: "info" },
          { name: "UPSTREAM", valueFrom: { configMapKeyRef: { name, key: "upstream" } } },
        ],
        readinessProbe: probe("/ready"),
        livenessProbe: probe("/live"),
        resources: RESOURCES,
      },
    ],
    // One workload of each namespace fits nowhere.
    ...(isBroken(name, "pending") ? { nodeSelector: { disk: "ssd" } } : {}),
  };
}

/** Where one pod of a ReplicaSet goes; without a node the scheduler is asked. */
interface Place {
  readonly namespace: string;
  readonly workload: string;
  readonly node: string | undefined;
  /** Of all pods that are made: its address. */
  readonly number: number;
}

/** A pod as its controller, the scheduler and its kubelet leave it, and the Event that tells of its node. */
export async function addPod(api: Api, owner: Created, place: Place): Promise<void> {
  const pods = `/api/v1/namespaces/${place.namespace}/pods`;
  const pod = podOf(owner, place);
  const { metadata } = (await api("POST", `${pods}?fieldManager=kube-controller-manager`, pod)) as Created;
  if (place.node === undefined) return;
  await reportRunning(api, { namespace: place.namespace, name: metadata.name, podIP: addressOf(place.number) });
  await api("POST", `/api/v1/namespaces/${place.namespace}/events`, scheduledEvent(metadata, place));
}

interface RunningPod {
  readonly namespace: string;
  readonly name: string;
  /** Absent: it gets one. */
  readonly podIP: string | undefined;
}

/** Where the addresses begin of pods that the controller made. */
let spare = 200_000;

/** What the kubelet of a fake node tells of a pod that runs. */
export async function reportRunning(api: Api, { namespace, name, podIP }: RunningPod): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods/${name}/status?fieldManager=kubelet`;
  await api("PATCH", path, { status: runningStatus(podIP ?? addressOf(spare++)) });
}

function addressOf(number: number): string {
  return `10.${128 + (number >> 16)}.${(number >> 8) & 255}.${number & 255}`;
}

function podOf({ metadata: { name, uid, labels } }: Created, { workload, node }: Place): object {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name, uid, controller: true, blockOwnerDeletion: true };
  return {
    metadata: { generateName: `${name}-`, labels, ownerReferences: [owner] },
    spec: { ...podSpecOf(workload), ...(node === undefined ? {} : { nodeName: node }) },
  };
}

function scheduledEvent({ name, uid }: Created["metadata"], { namespace, node }: Place): object {
  const now = new Date().toISOString();
  return {
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
    ...{ type: "Normal", reason: "Scheduled", message: `Successfully assigned ${namespace}/${name} to ${node}` },
    ...{ count: 1, firstTimestamp: now, lastTimestamp: now, source: { component: "default-scheduler" } },
  };
}

function runningStatus(podIP: string): object {
  const now = new Date().toISOString();
  const hostIP = "10.0.0.1";
  const types = ["PodReadyToStartContainers", "Initialized", "Ready", "ContainersReady", "PodScheduled"];
  return {
    ...{ phase: "Running", hostIP, podIP, startTime: now, hostIPs: [{ ip: hostIP }], podIPs: [{ ip: podIP }] },
    conditions: types.map((type) => ({ type, status: "True", lastProbeTime: null, lastTransitionTime: now })),
    containerStatuses: [
      {
        ...{ name: "service", image: IMAGE, imageID: IMAGE_ID, containerID: `containerd://${"c0".repeat(32)}` },
        ...{ restartCount: 0, ready: true, started: true, lastState: {}, state: { running: { startedAt: now } } },
        ...{ resources: RESOURCES, allocatedResources: RESOURCES.requests },
      },
    ],
  };
}

/** The status of a pod whose container crashes as soon as it starts. */
export function crashingStatus(): object {
  const terminated = { exitCode: 1, reason: "Error", finishedAt: new Date().toISOString() };
  const waiting = { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" };
  const container = { name: "service", image: IMAGE, imageID: "", restartCount: 7, ready: false, started: false };
  return {
    conditions: ["Ready", "ContainersReady"].map((type) => ({ type, status: "False", reason: "ContainersNotReady" })),
    containerStatuses: [{ ...container, state: { waiting }, lastState: { terminated } }],
  };
}
