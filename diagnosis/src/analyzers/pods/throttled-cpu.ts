import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { health } from "../../health.ts";
import { eventMessage, eventTime } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { containerSpec, isLive } from "../../snapshot/pod-state.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import { quantity } from "../../snapshot/quantity.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** As good as all that the limit allows: usage is an average over the kernel's periods. */
const PINNED = 0.9;
const MIN_TIMEOUTS = 2;
const TIMED_OUT =
  /^(Liveness|Readiness|Startup) probe (?:failed|errored)[\s\S]*(?:timed? ?out|deadline exceeded|Client\.Timeout)/i;

/**
 * Containers that use all the CPU of their limit while their probes time out. Usage at the limit alone is no fault: only
 * that it does harm is said.
 */
export function throttledCpu(index: SnapshotIndex): readonly Draft[] {
  const throttled = index.ofKind("PodMetrics").flatMap((metrics) => throttledIn(index, metrics));
  const groups = Map.groupBy(throttled, ({ workload, container }) => `${workload.metadata.uid}/${container}`);
  return [...groups.values()].flatMap((group) => (group[0] ? [cpuFinding(index, group[0], group)] : []));
}

interface Throttled {
  readonly workload: SnapshotObject;
  readonly pod: SnapshotObject;
  readonly container: string;
  readonly limit: string;
  readonly used: number;
  readonly timeout: SnapshotObject;
}

function throttledIn(index: SnapshotIndex, metrics: SnapshotObject): readonly Throttled[] {
  const pod = index.byName("Pod", metrics.metadata.namespace, metrics.metadata.name);
  if (pod === undefined || !isLive(pod) || !isRecent(index, textAt(metrics, "timestamp"), "retry")) return [];
  return objectsAt(metrics, "containers").flatMap((usage) => {
    const container = textAt(usage, "name") ?? "";
    const limit = textAt(containerSpec(pod, container), "resources", "limits", "cpu");
    const [used = 0, most = 0] = [quantity(textAt(usage, "usage", "cpu")), quantity(limit)];
    const timeout = timeoutOf(index, pod, container);
    if (limit === undefined || most === 0 || used < most * PINNED || timeout === undefined) return [];
    return [{ workload: index.rootOf(pod), pod, container, limit, used, timeout }];
  });
}

/** A probe of the container has timed out again and again, a moment ago. */
function timeoutOf(index: SnapshotIndex, pod: SnapshotObject, container: string): SnapshotObject | undefined {
  const about = `{${container}}`;
  return index
    .eventsOf(pod)
    .filter((event) => textAt(event, "reason") === "Unhealthy" && TIMED_OUT.test(eventMessage(event)))
    .filter((event) => (textAt(event, "involvedObject", "fieldPath") ?? about).includes(about))
    .filter((event) => isRecent(index, eventTime(event), "probe"))
    .find((event) => (numberAt(event, "count") ?? numberAt(event, "series", "count") ?? 1) >= MIN_TIMEOUTS);
}

/** A setting of its own, which explains that it is restarted or not ready. */
function cpuFinding(index: SnapshotIndex, first: Throttled, all: readonly Throttled[]): Draft {
  const { workload, pod, container, limit, used, timeout } = first;
  const [kind = "its"] = /^\w+/.exec(eventMessage(timeout)) ?? [];
  const path = `${podSpecPath(workload)}.containers[${container}].resources.limits.cpu`;
  const millis = `${Math.round(used * 1000)}m`;
  return draft({
    analyzer: "throttled-cpu",
    layer: "setting",
    severity: health(index, workload).severity > 0 ? "error" : "warning",
    subject: workload,
    causeKey: [container],
    cause: `container ${container} uses all the CPU that ${path} ${limit} allows, and its ${kind.toLowerCase()} probe times out: it is throttled`,
    symptom: `container ${container} is throttled`,
    evidence: [
      fromControlPlane(pod, `metrics.k8s.io containers[${container}].usage.cpu`, millis),
      fromTenant(workload, path, limit),
      fromControlPlane(pod, "event Unhealthy", eventMessage(timeout)),
    ],
    explains: all.map((one) => ({ subject: subjectOf(one.pod), symptom: "its probe times out" })),
    fix: decision(
      `raise ${path} above ${limit}, or find out what container ${container} computes; a longer probe timeout would hide it`,
    ),
  });
}
