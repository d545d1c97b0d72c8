import { type Finding, SEVERITIES } from "@sre-agent/crds";
import { clip, type Draft, keyOf, type Layer, type ObjectKey } from "./draft.ts";

const LAYERS: readonly Layer[] = ["setting", "cause", "creation", "pod-state", "rollout", "words"];
const MAX_EXPLAINED = 50;
const MAX_SYMPTOM = 300;

/**
 * Lets causes take over their symptoms, on one subject by layer and between subjects by what rests on what, merges
 * findings with one cause, and orders by severity, causes before symptoms, and name: the order never depends on the
 * order of objects.
 */
export function ranked(drafts: readonly Draft[]): readonly Finding[] {
  const bySubject = [...Map.groupBy(drafts, subjectKey).values()].flatMap(withoutSymptoms).sort(byRank);
  return merged(rootCauses(bySubject)).map(({ finding }) => finding);
}

function subjectKey({ finding }: Draft): ObjectKey {
  return keyOf(finding.subject);
}

/**
 * Of one subject's findings those of the earliest layer stay; the first of them explains the others. What stands apart
 * explains words alone.
 */
function withoutSymptoms(drafts: readonly Draft[]): readonly Draft[] {
  const [apart, layered] = [drafts.filter(isApart), drafts.filter((item) => !isApart(item))];
  const earliest = Math.min(...layered.map(layerOf));
  const [first, ...others] = layered.filter((item) => layerOf(item) === earliest).sort(byRank);
  if (first === undefined) return apart;
  const [reason] = apart.filter(({ finding }) => finding.severity !== "info").sort(byRank);
  if (first.layer === "words" && reason !== undefined) {
    return [explaining(reason, layered), ...apart.filter((item) => item !== reason)];
  }
  return [
    explaining(
      first,
      layered.filter((item) => layerOf(item) > earliest),
    ),
    ...others,
    ...apart,
  ];
}

/**
 * The findings that no other one causes, each with the chain of those it does. A circle of findings that rest on each
 * other keeps its first by rank.
 */
function rootCauses(drafts: readonly Draft[]): readonly Draft[] {
  const effects = effectsOf(drafts);
  const caused = new Set([...effects.values()].flat());
  const roots = drafts.filter((item) => !caused.has(item));
  const covered = new Set(roots);
  const chains = roots.map((root) => chainOf(root, effects, covered));
  // What is left stands in circles.
  const circles: Draft[] = [];
  for (const item of drafts) {
    if (covered.has(item)) continue;
    covered.add(item);
    circles.push(chainOf(item, effects, covered));
  }
  return [...chains, ...circles].sort(byRank);
}

interface Link {
  readonly cause: Draft;
  readonly effect: Draft;
}

/** For each finding those that it causes directly. */
function effectsOf(drafts: readonly Draft[]): ReadonlyMap<Draft, readonly Draft[]> {
  const about = Map.groupBy(drafts, subjectKey);
  const links = drafts.flatMap((item) => linksOf(item, (key) => about.get(key) ?? []));
  const between = links.filter(({ cause, effect }) => subjectKey(cause) !== subjectKey(effect));
  const groups = Map.groupBy(between, ({ cause }) => cause);
  return new Map([...groups].map(([cause, group]) => [cause, group.map(({ effect }) => effect)]));
}

function linksOf(item: Draft, about: (key: ObjectKey) => readonly Draft[]): readonly Link[] {
  const causes = item.restsOn.flatMap(about).filter(isGrave);
  const effects = item.accountsFor.flatMap(about);
  return [...causes.map((cause) => ({ cause, effect: item })), ...effects.map((effect) => ({ cause: item, effect }))];
}

/** Advice causes nothing. */
function isGrave({ finding }: Draft): boolean {
  return finding.severity === "critical" || finding.severity === "error";
}

/** The finding with everything that follows from it, nearest first; as severe as the worst of it. */
function chainOf(root: Draft, effects: ReadonlyMap<Draft, readonly Draft[]>, covered: Set<Draft>): Draft {
  const chain: Draft[] = [];
  const visit = (cause: Draft) => {
    for (const effect of effects.get(cause) ?? []) {
      if (effect === root || chain.includes(effect)) continue;
      chain.push(effect);
      covered.add(effect);
      visit(effect);
    }
  };
  visit(root);
  return explaining(root, chain);
}

/** Of findings with one cause the first stays and explains the subjects of the others. */
function merged(drafts: readonly Draft[]): readonly Draft[] {
  const groups = Map.groupBy(drafts, (item) => item.shared ?? item.finding.id);
  return [...groups.values()].flatMap(([first, ...others]) => (first ? [explaining(first, others)] : []));
}

function explaining(first: Draft, others: readonly Draft[]): Draft {
  if (others.length === 0) return first;
  const subjects = others.map(({ finding, symptom }) => ({
    subject: finding.subject,
    symptom: clip(symptom, MAX_SYMPTOM),
  }));
  const below = others.flatMap(({ finding }) => finding.explains);
  const explains = uniqueSubjects([...subjects, ...first.finding.explains, ...below], first).slice(0, MAX_EXPLAINED);
  return { ...first, finding: { ...first.finding, severity: worstOf([first, ...others]), explains } };
}

type Explained = Finding["explains"][number];

/** Each object once, with the first symptom that was given for it; the subject itself only for another layer of its own. */
function uniqueSubjects(rows: readonly Explained[], { finding }: Draft): readonly Explained[] {
  const seen = new Set<string>();
  return rows.filter(({ subject, symptom }) => {
    const key = keyOf(subject);
    const id = key === keyOf(finding.subject) ? `${key}/${symptom}` : key;
    return !seen.has(id) && seen.add(id) !== undefined;
  });
}

function worstOf(drafts: readonly Draft[]): Finding["severity"] {
  const worst = Math.min(...drafts.map(({ finding }) => SEVERITIES.indexOf(finding.severity)));
  return SEVERITIES[worst] ?? "error";
}

function isApart({ layer }: Draft): boolean {
  return layer === "apart";
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
