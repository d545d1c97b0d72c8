import { clip, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { Explained } from "./creation-refused.ts";
import type { Refusal } from "./refusals.ts";

const ENFORCE = "pod-security.kubernetes.io/enforce";

/** Pods that the Pod Security level of their namespace does not let in. */
export function podSecurity(index: SnapshotIndex, { workload, message }: Refusal): Explained | undefined {
  const [, level, rules = ""] = /violates PodSecurity "([^":]+)[^"]*": (.+)$/.exec(message) ?? [];
  if (level === undefined) return undefined;
  const { namespace = "", name } = workload.metadata;
  const place = index.byName("Namespace", undefined, namespace);
  return {
    analyzer: "pod-security",
    subject: workload,
    causeKey: [level],
    cause: `${workload.kind} ${name} breaks Pod Security level ${level}, which namespace ${namespace} enforces (label ${ENFORCE}): ${clip(rules, 500)}`,
    evidence: place ? [fromTenant(place, `metadata.labels[${ENFORCE}]`, place.metadata.labels?.[ENFORCE] ?? "")] : [],
    decide: `set in ${podSpecPath(workload)} what level ${level} asks for (${clip(rules, 300)}); a lower level for the namespace is its owner's decision`,
  };
}
