import type { FindingEvidence } from "@sre-agent/crds";
import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import { quantity } from "../../snapshot/quantity.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Explained } from "./creation-refused.ts";
import type { Refusal } from "./refusals.ts";

/** A ResourceQuota that is used up, one that a single pod exceeds, or one that demands what the template does not set. */
export function quotaRefusal(index: SnapshotIndex, refusal: Refusal): Explained | undefined {
  return exceeded(index, refusal) ?? demanded(index, refusal);
}

function exceeded(index: SnapshotIndex, { workload, message }: Refusal): Explained | undefined {
  const [, name, rest = ""] = /exceeded quota: ([^\s,]+), (requested: .*)$/.exec(message) ?? [];
  if (name === undefined) return undefined;
  const [requested, used, limited] = ["requested", "used", "limited"].map((part) => amountsOf(rest, part));
  const resources = Object.keys(requested ?? {});
  const made = workload.kind === "CronJob" ? "Job" : "pod";
  const words = resources
    .map(
      (resource) =>
        `${resource}: ${used?.[resource]} of ${limited?.[resource]} used, one more ${made} asks ${requested?.[resource]}`,
    )
    .join("; ");
  const quota = index.byName("ResourceQuota", workload.metadata.namespace, name);
  const tooLarge = resources.some(
    (one) => (quantity(requested?.[one]) ?? 0) > (quantity(limited?.[one]) ?? Number.POSITIVE_INFINITY),
  );
  const who = `${workload.kind} ${workload.metadata.name}`;
  return {
    analyzer: "quota",
    subject: tooLarge ? workload : (quota ?? quotaNamed(name, workload)),
    causeKey: [name, ...(tooLarge ? ["too-large"] : [])],
    cause: tooLarge
      ? `one ${made} of ${who} asks more than ResourceQuota ${name}${scopeOf(quota)} allows altogether (${words})`
      : `ResourceQuota ${name}${scopeOf(quota)} is used up, so that ${made}s of ${who} cannot be created (${words})`,
    evidence: quota ? quotaEvidence(quota, resources) : [],
    decide: tooLarge
      ? `lower what the pod template asks below ResourceQuota ${name}, or raise the quota`
      : `raise ResourceQuota ${name}, or let workloads of the namespace ask for less`,
  };
}

/** `pods=2,requests.cpu=100m` after `requested: `. */
function amountsOf(rest: string, part: string): Readonly<Record<string, string>> {
  const [, list = ""] = new RegExp(`${part}: ([^ ]+?)(?:, |$)`).exec(`${rest} `.trim()) ?? [];
  return Object.fromEntries(list.split(",").flatMap((pair) => pairOf(pair)));
}

function pairOf(pair: string): readonly (readonly [string, string])[] {
  const [resource, amount] = pair.split("=");
  return resource && amount ? [[resource, amount]] : [];
}

/** Which pods it counts, where not all. */
function scopeOf(quota: SnapshotObject | undefined): string {
  const scopes = objectsAt(quota, "spec", "scopeSelector", "matchExpressions").map((one) => {
    const values = valueAt(one, "values");
    const named = Array.isArray(values) ? ` (${values.join(", ")})` : "";
    return `${textAt(one, "scopeName")} ${textAt(one, "operator")}${named}`;
  });
  return scopes.length === 0 ? "" : `, which counts pods with ${scopes.join(" and ")} alone,`;
}

/** The quota as a subject where it could not be read. */
function quotaNamed(name: string, { metadata }: SnapshotObject): SnapshotObject {
  const { namespace } = metadata;
  return { apiVersion: "v1", kind: "ResourceQuota", metadata: { name, ...(namespace ? { namespace } : {}) } };
}

function quotaEvidence(quota: SnapshotObject, resources: readonly string[]): readonly FindingEvidence[] {
  return resources.flatMap((resource) => [
    fromControlPlane(quota, `status.used[${resource}]`, String(objectAt(quota, "status", "used")[resource] ?? "")),
    fromTenant(quota, `spec.hard[${resource}]`, String(objectAt(quota, "spec", "hard")[resource] ?? "")),
  ]);
}

function demanded(index: SnapshotIndex, { workload, message }: Refusal): Explained | undefined {
  const [, name, what] = /failed quota: ([^\s:]+): must specify (.+)$/.exec(message) ?? [];
  if (name === undefined || what === undefined) return undefined;
  const quota = index.byName("ResourceQuota", workload.metadata.namespace, name);
  const fields = what.replace(/ for: /g, " of container ");
  const place = `${podSpecPath(workload)}.containers[].resources`;
  return {
    analyzer: "quota",
    subject: workload,
    causeKey: [name, "demands"],
    cause: `${workload.kind} ${workload.metadata.name} does not set ${fields} (${place}), which ResourceQuota ${name} demands of every pod`,
    evidence: quota ? [fromTenant(quota, "spec.hard", Object.keys(objectAt(quota, "spec", "hard")).join(", "))] : [],
    decide: `set ${fields} in the pod template, or give the namespace a LimitRange with defaults`,
  };
}
