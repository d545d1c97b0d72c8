import { podSpecOf, type SnapshotIndex, type SnapshotObject, textAt } from "@sre-agent/diagnosis";
import { bindingsFor, bindingText } from "../access/bindings.ts";
import { type Relate, relation, runsPods } from "./relation.ts";

/** The ServiceAccount of the pods, with the roles that are bound to it. */
export const identity: Relate = (index, object) => {
  const { namespace } = object.metadata;
  const name = accountOf(object);
  if (name === undefined || namespace === undefined) return [];
  const isMissing = index.knows("ServiceAccount") && index.byName("ServiceAccount", namespace, name) === undefined;
  // What every account may is left out: it tells nothing about this one.
  const user = {
    username: `system:serviceaccount:${namespace}:${name}`,
    groups: [`system:serviceaccounts:${namespace}`],
  };
  const bindings = bindingsFor(index, user, namespace);
  const roles = bindings.length === 0 ? noBinding(index) : bindings.map(bindingText).join(", ");
  return relation("service account", [`ServiceAccount/${name} (${isMissing ? "does not exist; " : ""}${roles})`]);
};

function accountOf(object: SnapshotObject): string | undefined {
  if (object.kind === "ServiceAccount") return object.metadata.name;
  return runsPods(object) ? (textAt(podSpecOf(object), "serviceAccountName") ?? "default") : undefined;
}

const noBinding = (index: SnapshotIndex) =>
  index.knows("RoleBinding") ? "no bindings of its own" : "bindings not read";
