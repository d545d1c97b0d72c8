import type { Fix, Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { eventMessage } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectAt, valueAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podLabelsOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { workloadsIn } from "../network/backing.ts";

/** Budgets by which no pod may ever be evicted, that contend for the same pods, or that protect none. */
export function disruptionBudget(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Pod")) return [];
  return index.ofKind("PodDisruptionBudget").flatMap((budget) => {
    const pods = podsOf(index, budget);
    return pods.length === 0
      ? astray(index, budget)
      : [...blocking(index, budget, pods), ...contending(index, budget, pods)];
  });
}

function podsOf(index: SnapshotIndex, budget: SnapshotObject): readonly SnapshotObject[] {
  const selector = valueAt(budget, "spec", "selector");
  return index
    .inNamespace("Pod", budget.metadata.namespace ?? "")
    .filter((pod) => isLive(pod) && matchesSelector(selector, pod.metadata.labels));
}

/** The spec itself allows no eviction, even when every pod is ready. */
function blocking(index: SnapshotIndex, budget: SnapshotObject, pods: readonly SnapshotObject[]): readonly Draft[] {
  const expected = numberAt(budget, "status", "expectedPods") ?? pods.length;
  const rule = neverAllows(budget, expected);
  if (rule === undefined || numberAt(budget, "status", "disruptionsAllowed") !== 0) return [];
  const blocked = blockedNow(index, budget, pods);
  const { name } = budget.metadata;
  const owners = [...new Set(pods.map((pod) => index.rootOf(pod)))];
  const who = owners.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ");
  return [
    draft({
      analyzer: "disruption-budget",
      layer: "apart",
      severity: severityOf(blocked, expected),
      subject: budget,
      causeKey: ["blocks"],
      cause: `PodDisruptionBudget/${name} has spec.${rule.field} ${rule.value} for the ${expected === 1 ? "one pod" : `${expected} pods`} of ${who}: none may ever be evicted, so that a drain of their nodes ${blocked === undefined ? "will wait" : "waits"} for ever${blocked ? ` (${blocked.words})` : ""}`,
      symptom: "allows no eviction",
      evidence: [
        fromTenant(budget, `spec.${rule.field}`, rule.value),
        fromControlPlane(budget, "status.disruptionsAllowed", "0"),
        ...(blocked ? [fromControlPlane(blocked.object, blocked.path, blocked.value)] : []),
      ],
      explains: blocked ? [{ subject: subjectOf(blocked.object), symptom: "is not drained" }] : [],
      change: lastEdit(budget, `spec.${rule.field}`),
      fix: budgetFix(budget, rule, who),
    }),
  ];
}

/** A single pod that a budget guards is often meant to be moved by hand. */
function severityOf(blocked: Blocked | undefined, expected: number): Severity {
  if (blocked !== undefined) return "error";
  return expected > 1 ? "warning" : "info";
}

interface Rule {
  readonly field: "maxUnavailable" | "minAvailable";
  readonly value: string;
}

function neverAllows(budget: SnapshotObject, expected: number): Rule | undefined {
  const { maxUnavailable, minAvailable } = objectAt(budget, "spec");
  if (maxUnavailable === 0 || maxUnavailable === "0%")
    return { field: "maxUnavailable", value: String(maxUnavailable) };
  const tooMany = typeof minAvailable === "number" && minAvailable >= expected;
  const share = typeof minAvailable === "string" ? Number(minAvailable.replace("%", "")) : 0;
  const rounded = Math.ceil((share * expected) / 100) >= expected && share > 0;
  return tooMany || rounded ? { field: "minAvailable", value: String(minAvailable) } : undefined;
}

interface Blocked {
  readonly object: SnapshotObject;
  readonly words: string;
  readonly path: string;
  readonly value: string;
}

/** A cordoned node that still holds its pods, or an eviction that was refused. */
function blockedNow(
  index: SnapshotIndex,
  budget: SnapshotObject,
  pods: readonly SnapshotObject[],
): Blocked | undefined {
  for (const pod of pods) {
    const node = index.byName("Node", undefined, String(valueAt(pod, "spec", "nodeName") ?? ""));
    if (node !== undefined && valueAt(node, "spec", "unschedulable") === true) {
      return {
        object: node,
        words: `Node/${node.metadata.name} is cordoned`,
        path: "spec.unschedulable",
        value: "true",
      };
    }
    const refused = index.eventsOf(pod).find((event) => /disruption budget|cannot evict/i.test(eventMessage(event)));
    if (refused) return { object: pod, words: "an eviction was refused", path: "event", value: eventMessage(refused) };
  }
  const [own] = index.eventsOf(budget).filter((event) => /evict/i.test(eventMessage(event)));
  return own && { object: budget, words: "an eviction was refused", path: "event", value: eventMessage(own) };
}

function budgetFix(budget: SnapshotObject, { field, value }: Rule, who: string): Fix {
  const { name } = budget.metadata;
  return decision(
    field === "maxUnavailable"
      ? `decide how many pods of ${who} may be away at a time: more replicas, and spec.maxUnavailable of PodDisruptionBudget/${name} 1 instead of ${value}`
      : `run more replicas of ${who} than spec.minAvailable ${value} of PodDisruptionBudget/${name}, or decide to lower it below the count`,
  );
}

/** The API server refuses to evict a pod of two budgets. */
function contending(index: SnapshotIndex, budget: SnapshotObject, pods: readonly SnapshotObject[]): readonly Draft[] {
  const { name, namespace = "" } = budget.metadata;
  const other = index
    .inNamespace("PodDisruptionBudget", namespace)
    .find((one) => one.metadata.name > name && podsOf(index, one).some((pod) => pods.includes(pod)));
  if (other === undefined) return [];
  const texts = [budget, other].map((one) => selectorText(valueAt(one, "spec", "selector")));
  return [
    draft({
      analyzer: "disruption-budget",
      layer: "apart",
      severity: "warning",
      subject: budget,
      causeKey: ["contends", other.metadata.name],
      cause: `PodDisruptionBudget/${name} (${texts[0]}) and PodDisruptionBudget/${other.metadata.name} (${texts[1]}) select the same pods: the API server evicts no pod that two budgets select`,
      symptom: "contends with another budget",
      evidence: [budget, other].map((one, at) => fromTenant(one, "spec.selector", texts[at] ?? "")),
      change: lastEdit(budget, "spec.selector") ?? lastEdit(other, "spec.selector"),
      fix: decision(
        `let the selectors of PodDisruptionBudget/${name} and PodDisruptionBudget/${other.metadata.name} share no pod`,
      ),
    }),
  ];
}

/** Selects nothing, although a workload is all but selected. */
function astray(index: SnapshotIndex, budget: SnapshotObject): readonly Draft[] {
  const { name, namespace = "" } = budget.metadata;
  const [[key, wanted] = ["", ""], ...others] = Object.entries(objectAt(budget, "spec", "selector", "matchLabels"));
  const workloads = workloadsIn(index, namespace);
  const made = workloads.some((one) => matchesSelector(valueAt(budget, "spec", "selector"), podLabelsOf(one)));
  const values = workloads.flatMap((one) =>
    typeof podLabelsOf(one)[key] === "string" ? [String(podLabelsOf(one)[key])] : [],
  );
  const near = others.length > 0 || made ? undefined : nearestName(String(wanted), values);
  if (near === undefined) return [];
  return [
    draft({
      analyzer: "disruption-budget",
      layer: "apart",
      severity: "warning",
      subject: budget,
      causeKey: ["astray"],
      cause: `PodDisruptionBudget/${name} selects ${key}=${String(wanted)}, which no pod carries; the nearest is ${key}=${near}`,
      symptom: "protects no pod",
      evidence: [fromTenant(budget, "spec.selector", `${key}=${String(wanted)}`)],
      change: lastEdit(budget, "spec.selector"),
      fix: decision(`let PodDisruptionBudget/${name} select ${key}=${near}, if that is what it should protect`),
    }),
  ];
}
