import type { FieldPatch, Finding, FindingEvidence } from "@sre-agent/crds";

export const MAX_EVIDENCE = 8;
export const MAX_EXPLAINED = 5;

/** A finding as it is read: the cause, what it rests on, why now, and what is so because of it. */
export function findingText({ severity, namespace, subject, cause, evidence, explains, change }: Finding): string {
  const rest = explains.length - MAX_EXPLAINED;
  const by = change?.by === undefined ? "" : ` by ${change.by}`;
  return [
    `${severity} ${subject.kind}/${subject.name} in ${namespace}: ${oneLine(cause)}`,
    ...evidence.slice(0, MAX_EVIDENCE).map(evidenceLine),
    ...(change === undefined ? [] : [`  why now: ${oneLine(change.what)} at ${change.at}${by}`]),
    ...explains
      .slice(0, MAX_EXPLAINED)
      .map((each) => `  because of this ${each.subject.kind}/${each.subject.name}: ${oneLine(each.symptom)}`),
    ...(rest > 0 ? [`  because of this ${rest} more`] : []),
  ].join("\n");
}

/** What a tenant can write is quoted: it must not read as a line of ours, nor as a word to the reader. */
function evidenceLine({ object, path, value, writableBy }: FindingEvidence): string {
  const shown = writableBy === "tenant" ? JSON.stringify(value) : oneLine(value);
  return `  ${object.kind}/${object.name} ${path} = ${shown}`;
}

const oneLine = (text: string) => text.replace(/\s*\n\s*/g, " ");

/** What can be done: a typed action, a patch field by field, or what a person has to decide. */
export function fixText({ fix }: Finding): string {
  if (fix === undefined) return "";
  switch (fix.kind) {
    case "action":
      return `\n  fix (${fix.action.type}): ${oneLine(fix.summary)}`;
    case "patch": {
      const head = `\n  fix (patch of ${fix.target.kind}/${fix.target.name}): ${oneLine(fix.summary)}`;
      return [head, ...fix.patch.map(patchLine)].join("\n");
    }
    case "decision":
      return `\n  to decide: ${oneLine(fix.summary)}`;
  }
}

/** `/spec/selector/app: "wbe" → "web"`. */
function patchLine({ path, from, to }: FieldPatch): string {
  return `    ${path}: ${from === undefined ? "(absent)" : oneLine(from)} → ${to === undefined ? "(removed)" : oneLine(to)}`;
}
