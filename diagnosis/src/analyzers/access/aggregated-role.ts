import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Cause } from "./cause.ts";
import { allows, type Grant, rulesOf } from "./grants.ts";
import type { Refusal } from "./refusals.ts";

/** A role that gathers its rules by label, and one that would grant the request with a label that is nearly that. */
export function inAggregation(index: SnapshotIndex, refusal: Refusal, own: readonly Grant[]): Cause | undefined {
  const gathering = own.flatMap(({ role }) => (selectorsOf(role).length === 0 ? [] : [role as SnapshotObject]));
  const granting = index.ofKind("ClusterRole").filter((role) => rulesOf(role).some((rule) => allows(rule, refusal)));
  return gathering
    .flatMap((role) => granting.map((candidate) => missedBy(role, candidate)))
    .find((cause) => cause !== undefined);
}

function selectorsOf(role: SnapshotObject | undefined) {
  return objectsAt(role, "aggregationRule", "clusterRoleSelectors");
}

function missedBy(role: SnapshotObject, candidate: SnapshotObject): Cause | undefined {
  const selectors = selectorsOf(role);
  const labels = Object.entries(objectAt(candidate, "metadata", "labels")).map(([key, value]) => `${key}=${value}`);
  if (selectors.some((selector) => matchesSelector(selector, candidate.metadata.labels))) return undefined;
  const wanted = selectors.flatMap((selector) =>
    Object.entries(objectAt(selector, "matchLabels")).map(([key, value]) => `${key}=${String(value)}`),
  );
  const [[asked, near] = []] = wanted.flatMap((one) => {
    const meant = nearestName(
      one,
      labels.filter((label) => differsInOnePart(one, label)),
    );
    return meant === undefined ? [] : [[one, meant] as const];
  });
  if (asked === undefined || near === undefined) return undefined;
  const where = `ClusterRole/${role.metadata.name}`;
  const from = `ClusterRole/${candidate.metadata.name}`;
  return {
    subject: candidate,
    key: "aggregation",
    words: `${where} gathers the rules of ClusterRoles labelled ${selectors.map(selectorText).join(" or ")}, and ${from}, which allows it, is labelled ${near}`,
    path: "metadata.labels",
    value: near,
    edited: "metadata",
    fix: decision(
      `label ${from} ${asked}, if everybody who has ${where} may have its rules, or correct aggregationRule of ${where}`,
    ),
  };
}

/** Long labels resemble each other: either the prefix of the key or the rest has to be the same. */
function differsInOnePart(one: string, other: string): boolean {
  const [[prefix, rest], [otherPrefix, otherRest]] = [partsOf(one), partsOf(other)];
  return prefix === otherPrefix || rest === otherRest;
}

function partsOf(label: string): readonly [string, string] {
  const at = label.indexOf("/");
  return at < 0 ? ["", label] : [label.slice(0, at), label.slice(at + 1)];
}
