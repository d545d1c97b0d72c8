import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import { sees } from "../../snapshot/scope.ts";
import type { Cause } from "./cause.ts";
import { allows, type Grant, names, rulesOf } from "./grants.ts";
import type { Refusal } from "./refusals.ts";

/** A binding that would grant it, if it named this ServiceAccount; or one that names it and refers to no role. */
export function inBinding(index: SnapshotIndex, refusal: Refusal, grants: readonly Grant[]): Cause | undefined {
  const lost = grants.find(
    (grant) => names(grant, refusal.account) && grant.role === undefined && index.knows(grant.roleKind),
  );
  if (lost !== undefined) return missingRole(index, lost);
  const fitting = grants.filter(({ role }) => rulesOf(role).some((rule) => allows(rule, refusal)));
  return fitting
    .map((grant) => wrongSubject(index, refusal, grant) ?? wrongKind(refusal, grant))
    .find((cause) => cause !== undefined);
}

/** A user or group that has the bare name of the ServiceAccount: RBAC knows it by its kind alone. */
function wrongKind({ account }: Refusal, { binding }: Grant): Cause | undefined {
  const subjects = objectsAt(binding, "subjects");
  const position = subjects.findIndex(({ kind, name }) => kind !== "ServiceAccount" && name === account.name);
  const kind = textAt(subjects[position], "kind");
  if (kind === undefined) return undefined;
  const where = `${binding.kind}/${binding.metadata.name}`;
  const right = `ServiceAccount ${account.namespace}/${account.name}`;
  return {
    subject: binding,
    key: "subject-kind",
    words: `${where} names the ${kind} ${account.name}, which is not ${right}`,
    path: `subjects[${position}].kind`,
    value: kind,
    edited: "subjects",
    fix: decision(
      `decide whether ${where} means ${right}: then subjects[${position}] needs kind ServiceAccount and namespace ${account.namespace}`,
    ),
  };
}

export function missingRole(index: SnapshotIndex, { binding, roleKind, roleName }: Grant): Cause {
  const there =
    roleKind === "Role" ? index.inNamespace("Role", binding.metadata.namespace ?? "") : index.ofKind("ClusterRole");
  const twin = twinOf(index, { binding, roleKind, roleName });
  const near = nearestName(
    roleName,
    there.map(({ metadata }) => metadata.name),
  );
  const where = `${binding.kind}/${binding.metadata.name}`;
  const hint = near === undefined ? "" : `; the nearest is ${roleKind}/${near}`;
  const base = { subject: binding, key: "role-ref", edited: "roleRef" };
  if (twin !== undefined)
    return {
      ...base,
      words: `${where} refers to ${roleKind}/${roleName}, which does not exist; ${twin}/${roleName} does (roleRef.kind ${roleKind})`,
      path: "roleRef.kind",
      value: roleKind,
      fix: decision(`make ${where} anew with roleRef.kind ${twin}, which has that role: it cannot be changed in place`),
    };
  return {
    ...base,
    words: `${where} refers to ${roleKind}/${roleName}, which does not exist${hint}`,
    path: "roleRef.name",
    value: roleName,
    fix: decision(
      `create ${roleKind}/${roleName}, or make ${where} anew with the right roleRef: it cannot be changed in place`,
    ),
  };
}

/** The other kind, where it has a role of the very name that the binding may refer to. */
function twinOf(index: SnapshotIndex, { binding, roleKind, roleName }: Omit<Grant, "role">): string | undefined {
  const [other, namespace] = roleKind === "Role" ? ["ClusterRole", undefined] : ["Role", binding.metadata.namespace];
  if (binding.kind !== "RoleBinding") return undefined;
  return index.byName(other ?? "", namespace, roleName) === undefined ? undefined : other;
}

/** A subject that differs from the ServiceAccount in its namespace, or by a few letters in its name. */
function wrongSubject(index: SnapshotIndex, { account }: Refusal, { binding }: Grant): Cause | undefined {
  const found = objectsAt(binding, "subjects").map((subject) => {
    const name = String(subject["name"]);
    const namespace = textAt(subject, "namespace") ?? binding.metadata.namespace ?? "";
    const exists = index.byName("ServiceAccount", namespace, name) !== undefined;
    const elsewhere = name === account.name && namespace !== account.namespace;
    const misspelled = namespace === account.namespace && !exists && nearestName(name, [account.name]) !== undefined;
    const meant = subject["kind"] === "ServiceAccount" && (elsewhere || misspelled);
    return { meant, name, namespace, field: elsewhere ? ("namespace" as const) : ("name" as const), subject };
  });
  const position = found.findIndex(({ meant }) => meant);
  const wrong = found[position];
  if (wrong === undefined) return undefined;
  const where = `${binding.kind}/${binding.metadata.name}`;
  const right = `ServiceAccount ${account.namespace}/${account.name}`;
  const from = textAt(wrong.subject, wrong.field);
  const path = `/subjects/${position}/${wrong.field}`;
  const lost = isNobody(index, wrong) && (wrong.field === "namespace" || isSlip(wrong.name, account.name));
  return {
    subject: binding,
    key: "subject",
    words: `${where} names ServiceAccount ${wrong.namespace}/${wrong.name}, not ${account.namespace}/${account.name}`,
    path: `subjects[${position}].${wrong.field}`,
    value: from ?? "(absent)",
    edited: "subjects",
    fix: lost
      ? patchFix(binding, [{ path, from, to: account[wrong.field] }], `let ${where} name ${right}`)
      : decision(`decide whether ${where} should name ${right} as well, beside ${wrong.namespace}/${wrong.name}`),
  };
}

/** A ServiceAccount that certainly does not exist: nobody loses what a binding gives it. */
function isNobody(index: SnapshotIndex, { namespace, name }: Refusal["account"]): boolean {
  if (index.byName("ServiceAccount", namespace, name) !== undefined) return false;
  const namespaces = index.ofKind("Namespace").map(({ metadata }) => metadata.name);
  const gone = index.knows("Namespace") && namespaces.length > 0 && !namespaces.includes(namespace);
  return gone || (sees(index, namespace) && index.knows("ServiceAccount"));
}

/** The workload runs as default, and a binding of its namespace would grant it to another ServiceAccount that exists. */
export function inAccount(index: SnapshotIndex, refusal: Refusal, grants: readonly Grant[]): Cause | undefined {
  const { account, object } = refusal;
  const workload = index.rootOf(object);
  const fitting = grants.filter(({ role }) => rulesOf(role).some((rule) => allows(rule, refusal)));
  const accounts = fitting.flatMap(({ binding }) =>
    objectsAt(binding, "subjects").filter(
      ({ kind, namespace }) => kind === "ServiceAccount" && (namespace ?? account.namespace) === account.namespace,
    ),
  );
  const existing = [...new Set(accounts.map(({ name }) => String(name)))].filter((name) =>
    index.byName("ServiceAccount", account.namespace, name),
  );
  const [right, ...others] =
    account.name === "default" ? existing : existing.filter((name) => nearestName(account.name, [name]));
  if (right === undefined || others.length > 0 || Object.keys(podSpecOf(workload)).length === 0) return undefined;
  const from = textAt(podSpecOf(workload), "serviceAccountName");
  return {
    subject: workload,
    key: "service-account",
    words: `${workload.kind}/${workload.metadata.name} runs as ServiceAccount ${account.name}; the one that may is ${right}`,
    path: `${podSpecPath(workload)}.serviceAccountName`,
    value: account.name,
    edited: "spec.template",
    fix: patchFix(
      workload,
      [{ path: `${podSpecPointer(workload)}/serviceAccountName`, from, to: right }],
      `let ${workload.kind}/${workload.metadata.name} run as ServiceAccount ${right}`,
    ),
  };
}
