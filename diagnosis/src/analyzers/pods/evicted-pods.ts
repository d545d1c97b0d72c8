import { clip, type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { containerStates, phaseOf } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Workloads whose pods the kubelet evicts again and again, because they use more disk than they are allowed. */
export function evictedPods(index: SnapshotIndex): readonly Draft[] {
  const evicted = index
    .ofKind("Pod")
    .filter((pod) => phaseOf(pod) === "Failed" && textAt(pod, "status", "reason") === "Evicted");
  const groups = Map.groupBy(evicted, (pod) => index.rootOf(pod));
  return [...groups].flatMap(([workload, pods]) => evictionFinding(index, workload, pods) ?? []);
}

/** One eviction can be bad luck; of several the last has to be so fresh that the next is to be expected. */
const SERIES = 2;

interface Allowance {
  /** Below the pod spec. */
  readonly field: string;
  readonly value: string;
}

function evictionFinding(
  index: SnapshotIndex,
  workload: SnapshotObject,
  pods: readonly SnapshotObject[],
): Draft | undefined {
  const newest = pods.toSorted((a, b) => (endOf(a) < endOf(b) ? -1 : 1)).at(-1);
  const message = textAt(newest, "status", "message") ?? "";
  const allowance = allowanceIn(workload, message);
  if (newest === undefined || allowance === undefined || pods.length < SERIES) return undefined;
  if (!isRecent(index, endOf(newest), "controller")) return undefined;
  const field = `${podSpecPath(workload)}.${allowance.field}`;
  return draft({
    analyzer: "evicted-pods",
    layer: "cause",
    severity: outageSeverity(index, workload),
    subject: workload,
    causeKey: [allowance.field],
    cause: `${pods.length} pods of ${workload.kind} ${workload.metadata.name} were evicted, one after the other: they use more than ${field} ${allowance.value} allows (${clip(message.trim(), 200)})`,
    symptom: "its pods are evicted",
    evidence: [
      fromControlPlane(newest, "status.reason", "Evicted"),
      fromControlPlane(newest, "status.message", message),
      fromTenant(workload, field, allowance.value),
    ],
    explains: pods.filter((pod) => pod !== workload).map((pod) => ({ subject: subjectOf(pod), symptom: "Evicted" })),
    fix: decision(`raise ${field} above ${allowance.value}, or let the program write less to it`),
  });
}

/** When its last container ended, or when it came. */
function endOf(pod: SnapshotObject): string {
  const ends = containerStates(pod).flatMap(({ termination }) => termination?.finishedAt ?? []);
  return ends.sort().at(-1) ?? pod.metadata.creationTimestamp ?? "";
}

/** The field that the kubelet's message is about, as the workload has it; none for pressure on the node. */
function allowanceIn(workload: SnapshotObject, message: string): Allowance | undefined {
  const spec = podSpecOf(workload);
  const [, volume] = /EmptyDir volume "([^"]+)" exceeds the limit/i.exec(message) ?? [];
  if (volume !== undefined) {
    const found = objectsAt(spec, "volumes").find(({ name }) => name === volume);
    const value = valueAt(found, "emptyDir", "sizeLimit");
    return value === undefined ? undefined : { field: `volumes[${volume}].emptyDir.sizeLimit`, value: String(value) };
  }
  if (!/ephemeral[- ](?:local )?storage/i.test(message) || /node was low/i.test(message)) return undefined;
  const [, named] = /^Container (\S+) exceeded/.exec(message) ?? [];
  const limits = objectsAt(spec, "containers").flatMap((container) => {
    const value = valueAt(container, "resources", "limits", "ephemeral-storage");
    const name = textAt(container, "name") ?? "";
    return value === undefined || (named !== undefined && named !== name) ? [] : [{ name, value: String(value) }];
  });
  const [only] = limits;
  return only && { field: `containers[${only.name}].resources.limits.ephemeral-storage`, value: only.value };
}
