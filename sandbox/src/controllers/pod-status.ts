import { timestamp } from "../clock.ts";
import { NODE_IP } from "../incidents/cluster-objects.ts";
import { type JsonRecord, recordOf, recordsOf } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { withTransitionTimes } from "./conditions.ts";
import { containerStatus } from "./container-status.ts";
import type { ContainerTrack } from "./container-track.ts";

interface PodFacts {
  readonly pod: KubeObject;
  readonly podName: string;
  readonly containers: readonly ContainerTrack[];
  readonly ip: string;
  readonly nowMs: number;
}

/** The status of a pod that has a node. */
export function podStatus({ pod, podName, containers, ip, nowMs }: PodFacts): JsonRecord {
  const wanted = conditions(containers, pod.metadata.generation);
  return {
    phase: phaseOf(containers),
    conditions: withTransitionTimes(pod.status?.["conditions"], wanted, nowMs),
    hostIP: NODE_IP,
    hostIPs: [{ ip: NODE_IP }],
    podIP: ip,
    podIPs: [{ ip }],
    startTime: pod.status?.["startTime"] ?? timestamp(nowMs),
    containerStatuses: containers.map((track) => containerStatus(track, podName)),
    qosClass: qosClass(pod),
    observedGeneration: pod.metadata.generation,
  };
}

function phaseOf(containers: readonly ContainerTrack[]): string {
  if (containers.every(({ phase }) => phase === "done")) {
    return containers.every(({ run }) => run?.end?.exitCode === 0) ? "Succeeded" : "Failed";
  }
  const hasStarted = containers.every(({ run, last }) => run !== undefined || last !== undefined);
  return hasStarted ? "Running" : "Pending";
}

function conditions(containers: readonly ContainerTrack[], generation: number | undefined): readonly JsonRecord[] {
  const unready = containers.filter(({ ready }) => !ready).map(({ name }) => name);
  const ready =
    unready.length === 0
      ? { status: "True" }
      : {
          status: "False",
          reason: "ContainersNotReady",
          message: `containers with unready status: [${unready.join(" ")}]`,
        };
  const condition = (type: string, rest: JsonRecord) => ({
    type,
    lastProbeTime: null,
    observedGeneration: generation,
    ...rest,
  });
  return [
    condition("PodReadyToStartContainers", { status: "True" }),
    condition("Initialized", { status: "True" }),
    condition("Ready", ready),
    condition("ContainersReady", ready),
    condition("PodScheduled", { status: "True" }),
  ];
}

function qosClass(pod: KubeObject): string {
  const resources = recordsOf(pod.spec?.["containers"]).map((container) => recordOf(container["resources"]));
  const isSet = resources.some(
    (entry) => Object.keys({ ...recordOf(entry["limits"]), ...recordOf(entry["requests"]) }).length > 0,
  );
  return isSet ? "Burstable" : "BestEffort";
}
