import { objectAt, objectsAt, type SnapshotIndex, type SnapshotObject, textAt } from "@sre-agent/diagnosis";
import type { UserInfo } from "@sre-agent/kube";

/** A ServiceAccount as authentication shows it. */
export function serviceAccountUser(namespace: string, name: string): UserInfo {
  return {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
  };
}

/** Bindings that count in `namespace` (absent: beyond namespaces) and name the user or one of the groups. */
export function bindingsFor(
  index: SnapshotIndex,
  user: UserInfo,
  namespace: string | undefined,
): readonly SnapshotObject[] {
  const own = namespace === undefined ? [] : index.inNamespace("RoleBinding", namespace);
  return [...own, ...index.ofKind("ClusterRoleBinding")].filter((binding) =>
    objectsAt(binding, "subjects").some((subject) => names(subject, binding, user)),
  );
}

function names(subject: unknown, binding: SnapshotObject, { username, groups = [] }: UserInfo): boolean {
  const [kind, name = ""] = [textAt(subject, "kind"), textAt(subject, "name")];
  if (kind === "Group") return groups.includes(name);
  if (kind === "User") return name === username;
  const place = textAt(subject, "namespace") ?? binding.metadata.namespace;
  return username === `system:serviceaccount:${place}:${name}`;
}

/** `RoleBinding/x → Role/y`. */
export const bindingText = (binding: SnapshotObject): string =>
  `${binding.kind}/${binding.metadata.name} → ${textAt(binding, "roleRef", "kind")}/${textAt(binding, "roleRef", "name")}`;

/** The rules of the role that a binding refers to; undefined when the role was not read, or is not there. */
export function rulesOf(index: SnapshotIndex, binding: SnapshotObject): readonly unknown[] | undefined {
  const kind = textAt(binding, "roleRef", "kind") ?? "";
  const namespace = kind === "Role" ? binding.metadata.namespace : undefined;
  const role = index.byName(kind, namespace, textAt(binding, "roleRef", "name") ?? "");
  return role === undefined ? undefined : objectsAt(role, "rules");
}

/** What somebody wants to do, in the words of RBAC. */
export interface Wish {
  readonly verb: string;
  readonly group: string;
  /** With its subresource: `pods/log`. */
  readonly resource: string;
  readonly name?: string | undefined;
}

/** Whether a rule grants the wish. */
export function grants(rule: unknown, { verb, group, resource, name }: Wish): boolean {
  return (
    has(rule, "verbs", [verb, "*"]) &&
    has(rule, "apiGroups", [group, "*"]) &&
    has(rule, "resources", [resource, "*", `*/${resource.split("/")[1]}`]) &&
    (listed(rule, "resourceNames").length === 0 || (name !== undefined && has(rule, "resourceNames", [name])))
  );
}

/** What a rule grants on the wish's resource: its verbs, and the names that it is limited to. */
export function verbsOn(rule: unknown, { group, resource }: Wish): string | undefined {
  if (!has(rule, "apiGroups", [group, "*"]) || !has(rule, "resources", [resource, "*"])) return undefined;
  const limited = listed(rule, "resourceNames");
  return `${listed(rule, "verbs").join(", ")}${limited.length === 0 ? "" : ` (only ${limited.join(", ")})`}`;
}

const has = (rule: unknown, field: string, values: readonly string[]) =>
  listed(rule, field).some((value) => values.includes(value));

function listed(rule: unknown, field: string): readonly string[] {
  const values = objectAt(rule)[field];
  return Array.isArray(values) ? values.map(String) : [];
}
