import type { Fix } from "@sre-agent/crds";
import { decision, patchFix } from "../../findings/fix.ts";
import { objectAt, textsAt } from "../../snapshot/json.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Cause } from "./cause.ts";
import { allowsResource, covers, type Grant, rulesOf } from "./grants.ts";
import type { Refusal } from "./refusals.ts";

/** A role of its own that speaks of the resource without the verb, or of a resource that is spelled otherwise. */
export function inRole(refusal: Refusal, own: readonly Grant[]): Cause | undefined {
  for (const { role } of own) {
    if (role === undefined) continue;
    const rules = rulesOf(role);
    const named = rules.findIndex((rule) => covers(rule, "verbs", refusal.verb) && allowsResource(rule, refusal));
    const position = rules.findIndex((rule) => allowsResource(rule, refusal));
    const cause =
      (named >= 0 ? wrongName(refusal, role, named) : undefined) ??
      (position >= 0 ? missingVerb(refusal, role, position) : wrongResource(refusal, role)) ??
      wrongGroup(refusal, role);
    if (cause !== undefined) return cause;
  }
  return undefined;
}

/** The verb and the resource are allowed, and only for objects of certain names. */
function wrongName({ verb, resource, objectName }: Refusal, role: SnapshotObject, position: number): Cause | undefined {
  const named = textsAt(rulesOf(role)[position], "resourceNames");
  if (named.length === 0) return undefined;
  const where = `${role.kind}/${role.metadata.name}`;
  const asks = objectName === undefined ? `${verb} names no object` : `${objectName} is asked for`;
  return {
    subject: role,
    key: "resource-names",
    words: `${where} allows ${verb} on ${resource} by resourceNames ${named.slice(0, 5).join(", ")} alone, and ${asks}`,
    path: `rules[${position}].resourceNames`,
    value: named.join(", "),
    edited: "rules",
    fix: decision(
      objectName === undefined
        ? `decide whether ${where} should allow ${verb} on all ${resource}, in a rule without resourceNames, or let the program ask for ${named.slice(0, 5).join(", ")} by name`
        : `decide whether ${where} should name ${objectName} in rules[${position}].resourceNames`,
    ),
  };
}

/** Verbs and resources with which more can be had than was asked for: a person decides. */
const SENSITIVE =
  /^(?:secrets|serviceaccounts\/token|pods\/(?:exec|attach|portforward)|nodes|(?:cluster)?role(?:binding)?s|certificatesigningrequests.*|\w+webhookconfigurations)$/;
const ESCALATING = new Set(["escalate", "bind", "impersonate", "*", "deletecollection"]);

function missingVerb(refusal: Refusal, role: SnapshotObject, position: number): Cause {
  const { verb, resource } = refusal;
  const verbs = textsAt(rulesOf(role)[position], "verbs");
  const where = `${role.kind}/${role.metadata.name}`;
  const summary = `add verb ${verb} to the rule for ${resource} in ${where}, and nothing else`;
  const risky = SENSITIVE.test(resource) || ESCALATING.has(verb);
  return {
    subject: role,
    key: "verb",
    words: `${where} allows ${verbs.join(", ")} on ${resource}, not ${verb}`,
    path: `rules[${position}].verbs`,
    value: verbs.join(", "),
    edited: "rules",
    fix: risky
      ? decision(`decide whether to ${summary}: it is a sensitive right`)
      : patchFix(role, [{ path: `/rules/${position}/verbs`, from: verbs, to: [...verbs, verb] }], summary),
  };
}

function wrongResource(refusal: Refusal, role: SnapshotObject): Cause | undefined {
  const rules = rulesOf(role);
  const position = rules.findIndex(
    (rule) =>
      covers(rule, "verbs", refusal.verb) &&
      covers(rule, "apiGroups", refusal.group) &&
      nearestName(refusal.resource, textsAt(rule, "resources")) !== undefined,
  );
  if (position < 0) return undefined;
  const resources = textsAt(rules[position], "resources");
  const near = nearestName(refusal.resource, resources) ?? "";
  return fieldCause(refusal, role, { position, field: "resources", values: resources, near, right: refusal.resource });
}

function wrongGroup(refusal: Refusal, role: SnapshotObject): Cause | undefined {
  const rules = rulesOf(role);
  const position = rules.findIndex(
    (rule) => covers(rule, "verbs", refusal.verb) && covers(rule, "resources", refusal.resource),
  );
  if (position < 0) return undefined;
  const groups = textsAt(rules[position], "apiGroups");
  const [near = ""] = groups;
  return fieldCause(refusal, role, { position, field: "apiGroups", values: groups, near, right: refusal.group });
}

interface WrongField {
  readonly position: number;
  readonly field: "resources" | "apiGroups";
  readonly values: readonly string[];
  readonly near: string;
  readonly right: string;
}

function fieldCause(refusal: Refusal, role: SnapshotObject, wrong: WrongField): Cause {
  const { position, field, values, right } = wrong;
  const where = `${role.kind}/${role.metadata.name}`;
  return {
    subject: role,
    key: field,
    words: `${where} allows ${refusal.verb} with ${field} "${values.join(", ")}" where "${right}" is asked for`,
    path: `rules[${position}].${field}`,
    value: values.join(", "),
    edited: "rules",
    fix: fieldFix(refusal, role, wrong),
  };
}

function fieldFix(refusal: Refusal, role: SnapshotObject, { position, field, values, near, right }: WrongField): Fix {
  const where = `${role.kind}/${role.metadata.name}`;
  if (field === "resources" && (isPartOf(near, right) || !isSlip(near, right))) return ruleFix(refusal, role);
  if (field === "apiGroups" && servesOthers(rulesOf(role)[position])) return ruleFix(refusal, role);
  const summary = `let rules[${position}].${field} of ${where} name "${right}" instead of "${near}"`;
  const to = values.map((value) => (value === near ? right : value));
  return SENSITIVE.test(refusal.resource)
    ? decision(`decide whether to ${summary}: it is a sensitive right`)
    : patchFix(role, [{ path: `/rules/${position}/${field}`, from: values, to }], summary);
}

/** With another group a rule would lose what it allows of its other resources and groups. */
function servesOthers(rule: unknown): boolean {
  return (
    textsAt(rule, "resources").length > 1 ||
    covers(objectAt(rule), "resources", "*") ||
    textsAt(rule, "apiGroups").length > 1
  );
}

/** `pods` and `pods/log`: a right to one is none to the other, and neither is a spelling of the other. */
function isPartOf(one: string, other: string): boolean {
  return one.startsWith(`${other}/`) || other.startsWith(`${one}/`);
}

/** What the role allows already stays as it is, and its verbs do not go over to the other resource. */
function ruleFix({ verb, resource, group }: Refusal, role: SnapshotObject): Fix {
  const summary = `add a rule for ${verb} on ${resource} to ${role.kind}/${role.metadata.name}, and nothing else`;
  if (SENSITIVE.test(resource)) return decision(`decide whether to ${summary}: it is a sensitive right`);
  const rules = rulesOf(role);
  const to = [...rules, { apiGroups: [group], resources: [resource], verbs: [verb] }];
  return patchFix(role, [{ path: "/rules", from: rules, to }], summary);
}
