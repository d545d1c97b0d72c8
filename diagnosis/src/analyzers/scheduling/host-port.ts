import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectsAt } from "../../snapshot/json.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { isOfUpdate, removeFirst } from "./own-older-pod.ts";
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
  const own = holder !== undefined && isOfUpdate(index, holder, pod);
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
    decide: decisionOf(workload, { own, sibling: holder !== undefined && index.rootOf(holder) === workload }),
    ...(own ? { anyRevision: true, fix: removeFirst(workload, `a node has hostPort ${ports} once`) } : {}),
  };
}

interface Holder {
  /** An older pod, in whose place the new one comes. */
  readonly own: boolean;
  /** A pod of the same workload. */
  readonly sibling: boolean;
}

function decisionOf({ kind, metadata }: SnapshotObject, { own, sibling }: Holder): string {
  if (own)
    return "let the update remove a pod first (strategy Recreate, or maxSurge 0 with maxUnavailable 1), or drop the hostPort";
  return sibling
    ? `a node has a hostPort once: let ${kind}/${metadata.name} have no more replicas than there are nodes for it, drop the hostPort and reach its pods through a Service, or make it a DaemonSet; another hostPort does not help`
    : "use another hostPort, or reach the pod through a Service instead";
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
