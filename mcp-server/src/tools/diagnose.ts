import { type Denial, deny, type Finding } from "@sre-agent/crds";
import type { Reader } from "@sre-agent/kube";
import { type Diagnosis, diagnoseScope } from "../collect/diagnose-scope.ts";
import { evidenceOf } from "../reply/evidence.ts";
import { namespaceOf } from "./namespace.ts";
import type { Evidence, ToolContext, ToolHandler, ToolReply } from "./tool.ts";

export interface ReadDependencies {
  readonly reader: Reader;
  readonly now: () => number;
  /** Where calls without a namespace look; absent where there is no kubeconfig. */
  readonly namespace?: string;
}

interface DiagnoseInput {
  readonly namespace?: string | undefined;
  readonly kind?: string | undefined;
  readonly name?: string | undefined;
  readonly allNamespaces?: boolean | undefined;
}

/** Findings that a reply holds; the rest is counted. */
const MAX_FINDINGS = 6;
const MAX_EVIDENCE = 8;
const MAX_EXPLAINED = 5;

/** A finding with the id under which a claim can cite it. */
export type CitedFinding = Finding & { readonly evidenceId: string };

export function createDiagnose({ reader, now, namespace }: ReadDependencies): ToolHandler<DiagnoseInput> {
  return async (input, context) => {
    const scope = scopeOf(input, context, namespace);
    if ("code" in scope) return { ok: false, denial: scope };
    // The pods stand for everything that is looked at: who may not list them can be told nothing.
    const forbidden = await context.mayRead({ kind: { apiVersion: "v1", kind: "Pod" }, ...scope });
    if (forbidden !== null) return { ok: false, denial: forbidden };
    const { mayRead, signal } = context;
    const diagnosis = await diagnoseScope({ reader, scope, now, logs: true, mayRead, signal });
    return replyOf({ ...diagnosis, findings: nearestFirst(diagnosis.findings, input) });
  };
}

function scopeOf(input: DiagnoseInput, context: ToolContext, usual: string | undefined) {
  if (input.allNamespaces === true && input.namespace !== undefined) {
    return deny("SCHEMA_INVALID", "namespace: give either namespace or allNamespaces.");
  }
  if ((input.kind === undefined) !== (input.name === undefined)) {
    return deny("SCHEMA_INVALID", "kind: give kind and name together, or neither.");
  }
  if (input.allNamespaces === true) return {};
  const namespace: string | Denial = namespaceOf(input.namespace, context, usual);
  return typeof namespace === "string" ? { namespace } : namespace;
}

/** What concerns the named object comes first; the order is otherwise the ranking's. */
function nearestFirst(findings: readonly Finding[], { kind, name }: DiagnoseInput): readonly Finding[] {
  if (kind === undefined || name === undefined) return findings;
  const concerns = ({ subject, explains }: Finding) =>
    [subject, ...explains.map((symptom) => symptom.subject)].some((each) => each.kind === kind && each.name === name);
  return [...findings.filter(concerns), ...findings.filter((finding) => !concerns(finding))];
}

function replyOf({ findings, gaps, looked }: Diagnosis): ToolReply {
  const shown = findings.slice(0, MAX_FINDINGS).map(cited);
  const left = findings.length - shown.length;
  const lines = [
    findings.length === 0
      ? "Nothing is wrong: no finding above info."
      : `${findings.length} finding(s), most severe first.`,
    ...shown.map(({ evidence, finding }) => `[${evidence.id}] ${evidence.text}${fixLine(finding)}`),
    ...(left > 0 ? [`${left} more finding(s) left out; narrow with namespace, or kind and name.`] : []),
    `Looked at ${looked.objects} objects and ${looked.logs} logs.`,
    ...gaps.map((gap) => `Not looked at: ${gap}.`),
  ];
  return {
    ok: true,
    text: lines.join("\n"),
    structured: { findings: shown.map(({ finding }) => finding), gaps, left },
    evidence: shown.map(({ evidence }) => evidence),
  };
}

function cited(finding: Finding): { readonly finding: CitedFinding; readonly evidence: Evidence } {
  const evidence = evidenceOf(textOf(finding));
  const bounded = {
    ...finding,
    evidence: finding.evidence.slice(0, MAX_EVIDENCE),
    explains: finding.explains.slice(0, MAX_EXPLAINED),
  };
  return { finding: { ...bounded, evidenceId: evidence.id }, evidence };
}

function textOf({ severity, namespace, subject, cause, evidence, explains, change }: Finding): string {
  const rest = explains.length - MAX_EXPLAINED;
  return [
    `${severity} ${subject.kind}/${subject.name} in ${namespace}: ${cause}`,
    ...evidence
      .slice(0, MAX_EVIDENCE)
      .map(({ object, path, value }) => `  ${object.kind}/${object.name} ${path} = ${value}`),
    ...(change === undefined ? [] : [`  why now: ${change.what} at ${change.at}`]),
    ...explains
      .slice(0, MAX_EXPLAINED)
      .map((each) => `  explains ${each.subject.kind}/${each.subject.name}: ${each.symptom}`),
    ...(rest > 0 ? [`  explains ${rest} more`] : []),
  ].join("\n");
}

function fixLine({ fix }: Finding): string {
  if (fix === undefined) return "";
  return fix.kind === "action" ? `\n  fix (${fix.action.type}): ${fix.summary}` : `\n  to decide: ${fix.summary}`;
}
