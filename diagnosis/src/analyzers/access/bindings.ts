import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { missingRole } from "./binding-cause.ts";
import { type Grant, grantOf, isBootstrap } from "./grants.ts";

/** RoleBindings that grant nothing to anybody: their role is missing, or their ServiceAccount is one letter off. */
export function bindings(index: SnapshotIndex): readonly Draft[] {
  return index
    .ofKind("RoleBinding")
    .filter((binding) => !isBootstrap(binding) && binding.metadata.namespace !== "kube-system")
    .map((binding) => grantOf(index, binding))
    .flatMap((grant) => [...withoutRole(index, grant), ...withoutAccount(index, grant)]);
}

function withoutRole(index: SnapshotIndex, grant: Grant): readonly Draft[] {
  const { binding, role, roleKind } = grant;
  if (role !== undefined || !["Role", "ClusterRole"].includes(roleKind) || !index.knows(roleKind)) return [];
  const { key, words, path, value, fix } = missingRole(index, grant);
  return [
    bindingFinding(grant, {
      key,
      cause: `${words}: ${binding.kind}/${binding.metadata.name} grants nothing`,
      path,
      value,
      fix,
    }),
  ];
}

function withoutAccount(index: SnapshotIndex, grant: Grant): readonly Draft[] {
  const { binding } = grant;
  const home = binding.metadata.namespace ?? "";
  const accounts = index.inNamespace("ServiceAccount", home).map(({ metadata }) => metadata.name);
  if (!index.knows("ServiceAccount") || accounts.length === 0) return [];
  return objectsAt(binding, "subjects").flatMap((subject, position) => {
    const name = textAt(subject, "name") ?? "";
    const local = subject["kind"] === "ServiceAccount" && (subject["namespace"] ?? home) === home;
    const near = local && !accounts.includes(name) ? nearestName(name, accounts) : undefined;
    if (near === undefined) return [];
    return [
      bindingFinding(grant, {
        key: `subject ${name}`,
        cause: `${binding.kind}/${binding.metadata.name} names ServiceAccount ${name}, which does not exist in its namespace; the nearest is ${near}`,
        path: `subjects[${position}].name`,
        value: name,
        fix: decision(
          `decide whether ${binding.kind}/${binding.metadata.name} is for ServiceAccount ${near}, and correct subjects[${position}].name`,
        ),
      }),
    ];
  });
}

interface Wrong {
  readonly key: string;
  readonly cause: string;
  readonly path: string;
  readonly value: string;
  readonly fix: ReturnType<typeof decision>;
}

function bindingFinding({ binding }: Grant, { key, cause, path, value, fix }: Wrong): Draft {
  return draft({
    analyzer: "role-binding",
    layer: "apart",
    severity: "warning",
    subject: binding,
    causeKey: [key],
    cause,
    symptom: "grants nothing",
    evidence: [fromTenant(binding, path, value)],
    change: lastEdit(binding, path.startsWith("subjects") ? "subjects" : "roleRef"),
    fix,
  });
}
