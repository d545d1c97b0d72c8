import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** What is asked of RBAC. */
export interface Request {
  readonly verb: string;
  readonly resource: string;
  readonly group: string;
  readonly objectName?: string | undefined;
}

/** A binding with the role it refers to. */
export interface Grant {
  readonly binding: SnapshotObject;
  readonly roleName: string;
  readonly roleKind: string;
  /** Absent when it does not exist, or was not read. */
  readonly role: SnapshotObject | undefined;
}

/** The bindings that count for requests in a namespace, or at the cluster scope. */
export function grantsFor(index: SnapshotIndex, namespace: string | undefined): readonly Grant[] {
  const own = namespace === undefined ? [] : index.inNamespace("RoleBinding", namespace);
  return [...own, ...index.ofKind("ClusterRoleBinding")].map((binding) => grantOf(index, binding));
}

export function grantOf(index: SnapshotIndex, binding: SnapshotObject): Grant {
  const roleKind = textAt(binding, "roleRef", "kind") ?? "";
  const roleName = textAt(binding, "roleRef", "name") ?? "";
  const namespace = roleKind === "Role" ? binding.metadata.namespace : undefined;
  return { binding, roleKind, roleName, role: index.byName(roleKind, namespace, roleName) };
}

interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** Whether a binding names the ServiceAccount, itself or by one of its groups. */
export function names({ binding }: Grant, { namespace, name }: Account): boolean {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  return objectsAt(binding, "subjects").some((subject) => {
    if (subject["kind"] === "Group") return groups.includes(String(subject["name"]));
    if (subject["kind"] === "User") return subject["name"] === `system:serviceaccount:${namespace}:${name}`;
    return subject["name"] === name && (subject["namespace"] ?? binding.metadata.namespace) === namespace;
  });
}

export function rulesOf(role: SnapshotObject | undefined): readonly Json[] {
  return objectsAt(role, "rules");
}

export function allows(rule: Json, request: Request): boolean {
  return covers(rule, "verbs", request.verb) && allowsResource(rule, request) && allowsName(rule, request);
}

const NAMELESS = ["list", "watch", "create", "deletecollection"];

/** A rule of names says nothing about requests that name no object. One whose name is unknown may be meant. */
function allowsName(rule: Json, { verb, objectName }: Pick<Request, "verb" | "objectName">): boolean {
  const named = textsAt(rule, "resourceNames");
  if (named.length === 0) return true;
  return objectName === undefined ? !NAMELESS.includes(verb) : named.includes(objectName);
}

export function allowsResource(rule: Json, { resource, group }: Pick<Request, "resource" | "group">): boolean {
  return covers(rule, "resources", resource) && covers(rule, "apiGroups", group);
}

export function covers(rule: Json, field: string, value: string): boolean {
  const values = textsAt(rule, field);
  return values.includes("*") || values.includes(value);
}

/** Whether everything that could grant something was read. */
export function knowsGrants(index: SnapshotIndex): boolean {
  return ["Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"].every((kind) => index.knows(kind));
}

/** Part of Kubernetes itself, which also refers to what is not installed. */
export function isBootstrap({ metadata }: SnapshotObject): boolean {
  return (
    metadata.name.startsWith("system:") || objectAt(metadata, "labels")["kubernetes.io/bootstrapping"] !== undefined
  );
}
