import { clip, type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { matchesSelector } from "../../snapshot/label-selector.ts";
import { containerSpec, containerStates, isLive, isReady } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { quantity } from "../../snapshot/quantity.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

interface Rewritten {
  readonly pod: SnapshotObject;
  readonly maker: SnapshotObject;
  readonly container: string;
  readonly resource: string;
  readonly asked: string;
  readonly got: string;
}

/** Pods in trouble whose limits are lower than their template says: something rewrote them when they were created. */
export function rewrittenPod(index: SnapshotIndex): readonly Draft[] {
  const configurations = index.ofKind("MutatingWebhookConfiguration");
  const found = index
    .ofKind("Pod")
    .filter((pod) => isLive(pod) && inTrouble(pod))
    .flatMap((pod) => rewrittenIn(index, pod));
  const groups = Map.groupBy(
    found,
    ({ pod, container, resource }) => `${index.rootOf(pod).metadata.uid}/${container}/${resource}`,
  );
  return [...groups.values()].flatMap(([first]) => {
    if (first === undefined) return [];
    const suspects = configurations.filter((one) => touches(index, one, first.pod));
    return [rewriteFinding(index, first, suspects)];
  });
}

function inTrouble(pod: SnapshotObject): boolean {
  return (
    !isReady(pod) || containerStates(pod).some(({ restarts, termination }) => restarts > 0 && termination !== undefined)
  );
}

function rewrittenIn(index: SnapshotIndex, pod: SnapshotObject): readonly Rewritten[] {
  const owner = pod.metadata.ownerReferences?.[0];
  const maker = index.byUid(owner?.uid ?? "");
  if (maker === undefined) return [];
  return objectsAt(podSpecOf(maker), "containers").flatMap((template) => {
    const container = textAt(template, "name") ?? "";
    const asked = objectAt(template, "resources", "limits");
    const got = objectAt(containerSpec(pod, container), "resources", "limits");
    return Object.keys(asked).flatMap((resource) =>
      lowered(resource, asked, got).map((one) => ({ ...one, pod, maker, container })),
    );
  });
}

function lowered(resource: string, asked: Json, got: Json): readonly Pick<Rewritten, "resource" | "asked" | "got">[] {
  const [wanted, given] = [quantity(asked[resource]), quantity(got[resource])];
  const less = wanted !== undefined && given !== undefined && given < wanted;
  return less ? [{ resource, asked: String(asked[resource]), got: String(got[resource]) }] : [];
}

/** Whether a configuration is asked when pods of that namespace are created. */
function touches(index: SnapshotIndex, configuration: SnapshotObject, pod: SnapshotObject): boolean {
  const labels = index.byName("Namespace", undefined, pod.metadata.namespace ?? "")?.metadata.labels;
  return objectsAt(configuration, "webhooks").some((webhook) => {
    const resources = objectsAt(webhook, "rules").flatMap((rule) => textsAt(rule, "resources"));
    const selector = webhook["namespaceSelector"];
    const placed = selector === undefined || labels === undefined || matchesSelector(selector, labels);
    const selected =
      webhook["objectSelector"] === undefined || matchesSelector(webhook["objectSelector"], pod.metadata.labels);
    return placed && selected && resources.some((one) => one === "pods" || one === "*" || one === "*/*");
  });
}

function rewriteFinding(index: SnapshotIndex, found: Rewritten, suspects: readonly SnapshotObject[]): Draft {
  const { pod, maker, container, resource, asked, got } = found;
  const workload = index.rootOf(pod);
  const [suspect, ...others] = suspects;
  const sure = suspect !== undefined && others.length === 0;
  const who =
    suspects.map(({ metadata }) => `MutatingWebhookConfiguration/${metadata.name}`).join(" or ") ||
    "something that admits pods";
  const path = `spec.containers[${container}].resources.limits.${resource}`;
  return draft({
    analyzer: "rewritten-pod",
    layer: sure ? "apart" : "setting",
    severity: "error",
    subject: sure ? suspect : workload,
    causeKey: [workload.kind, workload.metadata.name, container, resource],
    cause: clip(
      `${who} rewrites the pods of ${workload.kind}/${workload.metadata.name}: the template says ${path} ${asked}, the pods have ${got}`,
      1000,
    ),
    symptom: `${path} is ${got} instead of ${asked}`,
    accountsFor: sure ? [workload] : [],
    evidence: [
      fromTenant(maker, `spec.template.${path}`, asked),
      fromControlPlane(pod, path, got),
      ...suspects.map((one) =>
        fromTenant(
          one,
          "webhooks",
          objectsAt(one, "webhooks")
            .map(({ name }) => String(name))
            .join(", "),
        ),
      ),
    ],
    explains: [{ subject: subjectOf(pod), symptom: `${path} is ${got} instead of ${asked}` }],
    fix: decision(`let ${who} leave the limits of pods as their templates say`),
  });
}
