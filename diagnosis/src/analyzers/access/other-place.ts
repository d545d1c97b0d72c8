import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { asked, type Cause } from "./cause.ts";
import { allows, grantOf, names, rulesOf } from "./grants.ts";
import type { Refusal } from "./refusals.ts";

/** A RoleBinding that grants the request in its own namespace alone, and the request is about another one, or the cluster. */
export function inOtherPlace(index: SnapshotIndex, refusal: Refusal): Cause | undefined {
  const { account, namespace } = refusal;
  const grant = index
    .ofKind("RoleBinding")
    .filter(({ metadata }) => metadata.namespace !== namespace)
    .map((binding) => grantOf(index, binding))
    .find((one) => names(one, account) && rulesOf(one.role).some((rule) => allows(rule, refusal)));
  if (grant === undefined) return undefined;
  const { binding, roleKind, roleName } = grant;
  const where = `RoleBinding/${binding.metadata.name}`;
  const home = binding.metadata.namespace ?? "";
  const who = `ServiceAccount ${account.namespace}/${account.name}`;
  const kind = namespace === undefined ? "a ClusterRoleBinding" : `a RoleBinding in namespace ${namespace}`;
  return {
    subject: binding,
    key: "other-place",
    words: `${where} grants ${roleKind}/${roleName} in its own namespace ${home} alone, not ${namespace === undefined ? "at the cluster scope" : `in namespace ${namespace}`}`,
    path: "metadata.namespace",
    value: home,
    edited: "roleRef",
    fix: decision(`decide whether ${who} should ${asked(refusal)}: that takes ${kind} for it, with that right alone`),
  };
}
