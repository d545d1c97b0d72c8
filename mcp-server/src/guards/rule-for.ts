import type { PolicyRule, SrePolicy } from "@sre-agent/crds";
import { carriesAll, type Workload } from "../facts/workload.ts";

/** The first rule of the policy that matches the namespace. */
export function ruleFor(policy: SrePolicy | undefined, namespace: Workload): PolicyRule | undefined {
  const { name, labels } = namespace.metadata;
  return policy?.spec.rules?.find(
    (rule) =>
      rule.namespaces?.includes(name) === true ||
      (rule.namespaceSelector !== undefined && carriesAll(labels, rule.namespaceSelector.matchLabels)),
  );
}
