import {
  actionSchema,
  type Finding,
  type FindingEvidence,
  type Fix,
  kubectlCommand,
  type Severity,
} from "@sre-agent/crds";
import { patchCommand, patchDiff } from "./patch-view.ts";
import { colouredDiff } from "./remediation-view.ts";
import type { Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

const COLOURS: Readonly<Record<Severity, "red" | "yellow" | "blue">> = {
  critical: "red",
  error: "red",
  warning: "yellow",
  info: "blue",
};
/** Lines that a person takes in at a glance; `-o json` has all. */
const MAX_EVIDENCE = 5;
const MAX_EXPLAINED = 6;
const LABEL = 10;
const INDENT = " ".repeat(LABEL + 4);

type View = Pick<Terminal, "style" | "width">;

/** Findings as a person reads them: the cause first, then what it rests on, why now, what it explains, and the fix. */
export function findingsView(findings: readonly Finding[], view: View): string {
  return findings.map((finding) => findingView(finding, view)).join("\n\n");
}

function findingView(finding: Finding, view: View): string {
  const { severity, namespace, subject, cause, evidence, explains, change, fix, id } = finding;
  const { style, width } = view;
  const place = namespace === "" ? "" : `  in ${namespace}`;
  return [
    `${style(COLOURS[severity], severity)}  ${style("bold", `${subject.kind}/${subject.name}`)}${place}  ${style("dim", id)}`,
    wrap(`  ${oneLine(cause)}`, width, "  "),
    ...bounded("evidence", evidence.map(evidenceLine), { view, max: MAX_EVIDENCE }),
    ...(change === undefined
      ? []
      : [row({ label: "why now", text: `${oneLine(change.what)} (${change.at}${changedBy(change)})` }, view)]),
    ...bounded("explains", explains.map(explainedLine), { view, max: MAX_EXPLAINED }),
    ...(fix === undefined ? [] : fixLines(fix, view)),
  ].join("\n");
}

function changedBy({ by }: NonNullable<Finding["change"]>): string {
  return by === undefined ? "" : ` by ${by}`;
}

interface Row {
  readonly label: string;
  readonly text: string;
  readonly colour?: "dim" | "green" | "yellow";
}

/** `    label     text`, the text's further lines under its first. */
function row({ label, text, colour = "dim" }: Row, { style, width }: View): string {
  return `    ${style(colour, label.padEnd(LABEL))}${wrap(`${INDENT}${text}`, width, INDENT).slice(INDENT.length)}`;
}

function bounded(
  label: string,
  lines: readonly string[],
  { view, max }: { readonly view: View; readonly max: number },
) {
  const left = lines.length - max;
  return [
    ...lines.slice(0, max).map((text, index) => row({ label: index === 0 ? label : "", text }, view)),
    ...(left > 0 ? [row({ label: "", text: `(${left} more: -o json)` }, view)] : []),
  ];
}

function evidenceLine({ object, path, value }: FindingEvidence): string {
  return `${object.kind}/${object.name} ${path} = ${oneLine(value)}`;
}

function explainedLine({ subject, symptom }: Finding["explains"][number]): string {
  return `${subject.kind}/${subject.name}: ${oneLine(symptom)}`;
}

/** What to do, and the very command where there is one: never wrapped, so that it can be copied. */
export function fixLines(fix: Fix, view: View): readonly string[] {
  const [label, colour] = fix.kind === "decision" ? (["decide", "yellow"] as const) : (["fix", "green"] as const);
  const command = commandOf(fix);
  return [
    row({ label, colour, text: oneLine(fix.summary) }, view),
    ...(fix.kind === "patch" ? indented(colouredDiff(patchDiff(fix), view.style)) : []),
    ...(command === undefined ? [] : indented(view.style("bold", command))),
  ];
}

const indented = (text: string) => text.split("\n").map((line) => `${INDENT}${line}`);

/** How a person does it by hand; undefined where there is no command for it. */
function commandOf(fix: Fix): string | undefined {
  if (fix.kind === "patch") return patchCommand(fix);
  const action = fix.kind === "action" ? actionSchema.safeParse(fix.action) : undefined;
  return action?.success === true ? kubectlCommand(action.data) : undefined;
}

const oneLine = (text: string) => text.replace(/\s*\n\s*/g, " ");
