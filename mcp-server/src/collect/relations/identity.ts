import { objectsAt, podSpecOf, type SnapshotIndex, type SnapshotObject, textAt } from "@sre-agent/diagnosis";
import { type Relate, relation, runsPods } from "./relation.ts";

/** The ServiceAccount of the pods, with the roles that are bound to it. */
export const identity: Relate = (index, object) => {
  const { namespace } = object.metadata;
  const name = accountOf(object);
  if (name === undefined || namespace === undefined) return [];
  const isMissing = index.knows("ServiceAccount") && index.byName("ServiceAccount", namespace, name) === undefined;
  const bindings = bindingsOf(index, { namespace, name });
  const roles = bindings.length === 0 ? noBinding(index) : bindings.map(bindingText).join(", ");
  return relation("service account", [`ServiceAccount/${name} (${isMissing ? "does not exist; " : ""}${roles})`]);
};

function accountOf(object: SnapshotObject): string | undefined {
  if (object.kind === "ServiceAccount") return object.metadata.name;
  return runsPods(object) ? (textAt(podSpecOf(object), "serviceAccountName") ?? "default") : undefined;
}

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

/** RoleBindings and ClusterRoleBindings that name the account, or a group that every account is in. */
export function bindingsOf(index: SnapshotIndex, account: Account): readonly SnapshotObject[] {
  const bindings = [...index.inNamespace("RoleBinding", account.namespace), ...index.ofKind("ClusterRoleBinding")];
  return bindings.filter((binding) =>
    objectsAt(binding, "subjects").some((subject) => names(subject, binding, account)),
  );
}

function names(subject: unknown, binding: SnapshotObject, { namespace, name }: Account): boolean {
  const [kind, subjectName] = [textAt(subject, "kind"), textAt(subject, "name")];
  if (kind === "ServiceAccount") {
    const place = textAt(subject, "namespace") ?? binding.metadata.namespace;
    return subjectName === name && place === namespace;
  }
  return kind === "Group" && subjectName === `system:serviceaccounts:${namespace}`;
}

const bindingText = (binding: SnapshotObject) =>
  `${binding.kind}/${binding.metadata.name} → ${textAt(binding, "roleRef", "kind")}/${textAt(binding, "roleRef", "name")}`;

const noBinding = (index: SnapshotIndex) =>
  index.knows("RoleBinding") ? "no bindings of its own" : "bindings not read";
