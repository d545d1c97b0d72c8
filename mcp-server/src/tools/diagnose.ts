import type { Finding } from "@sre-agent/crds";
import type { Reader } from "@sre-agent/kube";
import { type Diagnosis, diagnoseScope } from "../collect/diagnose-scope.ts";
import { evidenceOf } from "../reply/evidence.ts";
import { type Place, placeOf } from "./allowed-kind.ts";
import { missingNamespace } from "./existence.ts";
import { findingText, fixText, MAX_EVIDENCE, MAX_EXPLAINED } from "./finding-text.ts";
import { concerns, type Focus, focusOf } from "./focus.ts";
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
const MAX_GAPS = 10;
/** Of the findings alone; the rest of the reply's budget is for the lines around them. */
const TEXT_BYTES = 4_500;
const STRUCTURED_BYTES = 9_000;

/** A finding with the id under which a claim can cite it. */
export type CitedFinding = Finding & { readonly evidenceId: string };

export function createDiagnose(dependencies: ReadDependencies): ToolHandler<DiagnoseInput> {
  const { reader, namespace: usual } = dependencies;
  return async (input, context) => {
    const place = placeOf(input, { context, usual });
    if ("code" in place) return { ok: false, denial: place };
    // The pods stand for everything that is looked at: who may not list them can be told nothing.
    const forbidden = await context.mayRead({ kind: { apiVersion: "v1", kind: "Pod" }, ...place });
    if (forbidden !== null) return { ok: false, denial: forbidden };
    const focus = await focusOf(input, place, { reader, context, usual });
    if (focus !== undefined && "code" in focus) return { ok: false, denial: focus };
    return diagnosed(dependencies, context, { place, focus });
  };
}

async function diagnosed(
  { reader, now }: ReadDependencies,
  { mayRead, signal }: ToolContext,
  { place, focus }: { readonly place: Place; readonly focus: Focus | undefined },
): Promise<ToolReply> {
  const diagnosis = await diagnoseScope({ reader, scope: place, now, logs: true, mayRead, signal });
  const missing = diagnosis.looked.namespaced === 0 ? await missingNamespace(reader, place.namespace, signal) : null;
  return missing === null ? replyOf(diagnosis, focus) : { ok: false, denial: missing };
}

/** What concerns the object comes first; the order is otherwise the ranking's. */
function replyOf({ findings, gaps, looked }: Diagnosis, focus: Focus | undefined): ToolReply {
  const about = focus === undefined ? [] : findings.filter((finding) => concerns(finding, focus));
  const ordered = [...about, ...findings.filter((finding) => !about.includes(finding))];
  const shown = fitting(ordered.slice(0, MAX_FINDINGS).map(cited));
  const left = findings.length - shown.length;
  const moreGaps = gaps.length - MAX_GAPS;
  const lines = [
    findings.length === 0
      ? "Nothing is wrong: no finding above info."
      : `${findings.length} finding(s), most severe first.`,
    ...(focus === undefined ? [] : [`${about.length} of them about ${focus.kind}/${focus.name}.`]),
    ...shown.map(({ block }) => block),
    ...(left > 0 ? [`${left} more finding(s) left out; narrow with namespace, or kind and name.`] : []),
    `Looked at ${looked.objects} objects and ${looked.logs} logs.`,
    ...gaps.slice(0, MAX_GAPS).map((gap) => `Not looked at: ${gap.replace(/\.$/, "")}.`),
    ...(moreGaps > 0 ? [`Not looked at: ${moreGaps} more.`] : []),
  ];
  return {
    ok: true,
    text: lines.join("\n"),
    structured: { findings: shown.map(({ finding }) => finding), gaps: gaps.slice(0, MAX_GAPS), left },
    evidence: shown.map(({ evidence }) => evidence),
  };
}

interface Cited {
  readonly finding: CitedFinding;
  readonly evidence: Evidence;
  readonly block: string;
}

/** As many of the first as both renderings hold, so that text and structured answer state the same facts. */
function fitting(all: readonly Cited[]): readonly Cited[] {
  const size = (some: readonly Cited[]) => ({
    text: Buffer.byteLength(some.map(({ block }) => block).join("\n")),
    structured: Buffer.byteLength(JSON.stringify(some.map(({ finding }) => finding))),
  });
  const count = all.findIndex((_, index) => {
    const { text, structured } = size(all.slice(0, index + 1));
    return index > 0 && (text > TEXT_BYTES || structured > STRUCTURED_BYTES);
  });
  return count === -1 ? all : all.slice(0, count);
}

function cited(finding: Finding): Cited {
  const evidence = evidenceOf(findingText(finding));
  const bounded = {
    ...finding,
    evidence: finding.evidence.slice(0, MAX_EVIDENCE),
    explains: finding.explains.slice(0, MAX_EXPLAINED),
  };
  const block = `[${evidence.id}] ${evidence.text}${fixText(finding)}`;
  return { finding: { ...bounded, evidenceId: evidence.id }, evidence, block };
}
