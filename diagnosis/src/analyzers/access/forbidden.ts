import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textsAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { inAggregation } from "./aggregated-role.ts";
import { inAccount, inBinding } from "./binding-cause.ts";
import { bindings } from "./bindings.ts";
import { asked, type Cause } from "./cause.ts";
import { allows, type Grant, grantsFor, isBootstrap, knowsGrants, names, rulesOf } from "./grants.ts";
import { inOtherPlace as granted } from "./other-place.ts";
import { type Refusal, refusalsIn } from "./refusals.ts";
import { inRole } from "./role-cause.ts";
import { uncreatedBy } from "./uncreated-object.ts";

/**
 * Requests of a workload that the API server refuses: the Role, binding or ServiceAccount that is wrong; and bindings that
 * grant nothing before anybody is refused.
 */
export function forbidden(index: SnapshotIndex): readonly Draft[] {
  const drafts = refusalsIn(index).flatMap((refusal) => {
    const grants = grantsFor(index, refusal.namespace);
    const own = grants.filter((grant) => names(grant, refusal.account));
    // Granted since: the refusal is history.
    if (own.some(({ role }) => rulesOf(role).some((rule) => allows(rule, refusal)))) return [];
    const cause =
      inRole(refusal, own) ??
      inAggregation(index, refusal, own) ??
      inBinding(index, refusal, grants) ??
      inAccount(index, refusal, grants);
    return [refusalFinding(index, refusal, cause ?? granted(index, refusal) ?? ungranted(index, refusal, own))];
  });
  const refused = [...new Map(drafts.map((one) => [one.finding.id, one])).values()];
  const named = new Set(refused.map(({ finding }) => finding.subject.uid));
  return [...refused, ...bindings(index).filter(({ finding }) => !named.has(finding.subject.uid))];
}

/** Nothing comes near: who has to be granted what. */
function ungranted(index: SnapshotIndex, refusal: Refusal, own: readonly Grant[]): Cause {
  const { account, object } = refusal;
  const workload = index.rootOf(object);
  // Roles of Kubernetes itself, which everybody has, are nobody's mistake.
  const given = own.filter(({ binding }) => !isBootstrap(binding));
  const bound = given.map(({ roleKind, roleName }) => `${roleKind}/${roleName}`);
  const roles =
    bound.length === 0 ? "no binding here names it" : `it has ${[...new Set(bound)].slice(0, 5).join(", ")}`;
  const unsure = knowsGrants(index) ? "" : " (not every role could be read)";
  const role = given[0]?.role;
  return {
    subject: role ?? workload,
    key: `ungranted ${refusal.verb} ${refusal.resource}`,
    words: `no role allows ServiceAccount ${account.namespace}/${account.name} to ${asked(refusal)}: ${roles}${unsure}`,
    path: role === undefined ? refusal.path : "rules",
    value: role === undefined ? refusal.line : rulesText(role),
    edited: "rules",
    fix: decision(
      `decide whether ServiceAccount ${account.namespace}/${account.name} should be allowed to ${asked(refusal)}, and grant that alone`,
    ),
  };
}

function rulesText(role: SnapshotObject): string {
  const words = rulesOf(role).map(
    (rule) => `${textsAt(rule, "verbs").join(", ")} ${textsAt(rule, "resources").join(", ")}`,
  );
  return words.length === 0 ? "(none)" : clip(words.join("; "), 500);
}

function refusalFinding(index: SnapshotIndex, refusal: Refusal, cause: Cause): Draft {
  const { account, object, path, line } = refusal;
  const caller = object.kind === "Pod" ? [index.rootOf(object)] : [];
  const users = caller.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ");
  const own = cause.subject === caller[0];
  const lost = uncreatedBy(index, refusal);
  const names = lost?.waiting.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ");
  const effect =
    lost === undefined ? "" : `, so that ${lost.kind}/${lost.name}, for which ${names} waits, was not made`;
  return draft({
    analyzer: "forbidden",
    layer: own ? "setting" : "apart",
    severity: "error",
    subject: cause.subject,
    causeKey: [cause.key, cause.path, refusal.verb, refusal.resource],
    cause: `${cause.words}; ${users === "" ? "it" : users} (ServiceAccount ${account.name}) is refused to ${asked(refusal)}${effect}`,
    symptom: `is refused to ${asked(refusal)}`,
    accountsFor: [...(own ? [] : caller), ...(lost?.waiting ?? [])],
    evidence: [fromTenant(cause.subject, cause.path, cause.value), fromTenant(object, path, clip(line, 1000))],
    explains: own ? [] : caller.map((one) => ({ subject: subjectOf(one), symptom: `is refused to ${asked(refusal)}` })),
    change: lastEdit(cause.subject, cause.edited),
    fix:
      lost === undefined || cause.fix.kind === "action"
        ? cause.fix
        : { ...cause.fix, summary: clip(`${cause.fix.summary}; then run ${users} again`, 1000) },
  });
}
