import type { Fix } from "@sre-agent/crds";
import { fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectAt, objectsAt } from "../../snapshot/json.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** A port of the node that another pod holds; the holder may be a pod of the same workload that an update waits for. */
export function hostPort(index: SnapshotIndex, { pod, workload, message }: Unscheduled): SchedulingReason | undefined {
  if (!/didn't have free ports/.test(message)) return undefined;
  const wanted = hostPortsOf(pod);
  const holder = index
    .ofKind("Pod")
    .find(
      (other) =>
        other !== pod &&
        isLive(other) &&
        isScheduled(other) &&
        hostPortsOf(other).some((port) => wanted.includes(port)),
    );
  const path = `${podSpecPath(workload)}.containers[].ports[].hostPort`;
  const ports = wanted.join(", ");
  const own = holder !== undefined && isOlder(index, holder, pod);
  const by = holder === undefined ? "another pod" : `pod ${holder.metadata.namespace}/${holder.metadata.name}`;
  return {
    key: `host-port/${ports}`,
    words: own
      ? `hostPort ${ports} (${path}) is held by its own older pod ${holder.metadata.name}, which the update keeps until the new one is ready: the rollout waits for itself`
      : `hostPort ${ports} (${path}) is held by ${by}`,
    evidence:
      holder === undefined
        ? []
        : [fromTenant(holder, "spec.containers[].ports[].hostPort", hostPortsOf(holder).join(", "))],
    decide: own
      ? "let the update remove a pod first (strategy Recreate, or maxSurge 0 with maxUnavailable 1), or drop the hostPort"
      : `use another hostPort, or reach the pod through a Service instead`,
    ...(own ? { anyRevision: true, fix: removeFirst(workload, ports) } : {}),
  };
}

/** Of the same workload and another revision: what an update keeps until the new pod is ready. */
function isOlder(index: SnapshotIndex, holder: SnapshotObject, pod: SnapshotObject): boolean {
  const [of, by] = [pod, holder].map(({ metadata }) => metadata.ownerReferences?.[0]?.uid);
  return index.rootOf(holder) === index.rootOf(pod) && of !== by;
}

/** A rolling update that makes room before it starts a pod. Both fields: neither may be 0 when the other one is. */
function removeFirst(workload: SnapshotObject, ports: string): Fix | undefined {
  const { maxSurge, maxUnavailable } = objectAt(workload, "spec", "strategy", "rollingUpdate");
  if (workload.kind !== "Deployment" || maxSurge === undefined) return undefined;
  const path = "/spec/strategy/rollingUpdate";
  return patchFix(
    workload,
    [
      { path: `${path}/maxUnavailable`, from: maxUnavailable, to: 1 },
      { path: `${path}/maxSurge`, from: maxSurge, to: 0 },
    ],
    `let an update remove an old pod before it starts a new one: a node has hostPort ${ports} once`,
  );
}

function hostPortsOf(pod: SnapshotObject): readonly number[] {
  return objectsAt(podSpecOf(pod), "containers")
    .flatMap((container) => objectsAt(container, "ports"))
    .flatMap((port) => numberAt(port, "hostPort") ?? []);
}

function isScheduled(pod: SnapshotObject): boolean {
  const { spec } = pod as { readonly spec?: { readonly nodeName?: unknown } };
  return typeof spec?.nodeName === "string";
}
