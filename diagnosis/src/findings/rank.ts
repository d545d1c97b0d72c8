import { type Finding, SEVERITIES } from "@sre-agent/crds";
import type { Draft, Layer } from "./draft.ts";

const LAYERS: readonly Layer[] = ["cause", "pod-state", "rollout"];
const MAX_EXPLAINED = 50;

/**
 * Lets causes take over the symptoms of their subject, merges findings with one cause, and orders by severity, causes before symptoms, and name: the
 * order never depends on the order of objects.
 */
export function ranked(drafts: readonly Draft[]): readonly Finding[] {
  const causes = [...groupedBySubject(drafts).values()].flatMap(withoutSymptoms).sort(byRank);
  return merged(causes).map(({ finding }) => finding);
}

function groupedBySubject(drafts: readonly Draft[]): Map<string, Draft[]> {
  const groups = new Map<string, Draft[]>();
  for (const item of drafts) {
    const { kind, namespace, name } = item.finding.subject;
    const key = `${kind}/${namespace ?? ""}/${name}`;
    groups.set(key, [...(groups.get(key) ?? []), item]);
  }
  return groups;
}

/** Of one subject's findings those of the lowest layer stay; the first of them explains the others. */
function withoutSymptoms(drafts: readonly Draft[]): readonly Draft[] {
  const lowest = Math.min(...drafts.map(layerOf));
  const [first, ...others] = drafts.filter((item) => layerOf(item) === lowest).sort(byRank);
  const symptoms = drafts.filter((item) => layerOf(item) > lowest);
  if (first === undefined) return [];
  return [explaining(first, symptoms), ...others];
}

/** Of findings with one cause the first stays and explains the subjects of the others. */
function merged(drafts: readonly Draft[]): readonly Draft[] {
  const groups = Map.groupBy(drafts, (item) => item.shared ?? item.finding.id);
  return [...groups.values()].flatMap(([first, ...others]) => (first ? [explaining(first, others)] : []));
}

function explaining(first: Draft, others: readonly Draft[]): Draft {
  const subjects = others.map(({ finding, symptom }) => ({ subject: finding.subject, symptom }));
  const below = others.flatMap(({ finding }) => finding.explains);
  const explains = [...subjects, ...first.finding.explains, ...below].slice(0, MAX_EXPLAINED);
  return { ...first, finding: { ...first.finding, explains } };
}

function layerOf({ layer }: Draft): number {
  return LAYERS.indexOf(layer);
}

function byRank(a: Draft, b: Draft): number {
  const severity = SEVERITIES.indexOf(a.finding.severity) - SEVERITIES.indexOf(b.finding.severity);
  return severity || layerOf(a) - layerOf(b) || compareText(placeOf(a), placeOf(b));
}

function placeOf({ finding }: Draft): string {
  return `${finding.namespace}/${finding.subject.kind}/${finding.subject.name}/${finding.id}`;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
