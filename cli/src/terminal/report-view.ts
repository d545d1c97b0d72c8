import type { Claim, Finding, Report } from "@sre-agent/crds";
import type { ReceivedEvidence } from "./evidence.ts";
import { fixLines } from "./findings-view.ts";
import { colouredDiff } from "./remediation-view.ts";
import type { Terminal } from "./terminal.ts";
import { usageText } from "./usage-text.ts";
import { wrap } from "./wrap.ts";

/** What is known beside the report's words. */
export interface ReportContext {
  /** The text behind the evidence ids. */
  readonly evidence: ReadonlyMap<string, ReceivedEvidence>;
  /** Of the recorded proposal. */
  readonly diff?: string;
}

type View = Pick<Terminal, "style" | "width">;

const MEANING: Readonly<Record<Report["decision"], readonly [words: string, colour: "green" | "yellow" | "blue"]>> = {
  approve: ["the proposed change is right", "green"],
  deny: ["nothing should be done", "blue"],
  manual: ["a person has to act", "yellow"],
};

/** The end of a run as a person reads it: decision, cause, each claim with what it rests on, gaps, the fix, the cost. */
export function reportView(report: Report, { evidence, diff }: ReportContext, view: View): string {
  const { decision, confidence, rootCause, claims, gaps, usage } = report;
  const { style, width } = view;
  const [meaning, colour] = MEANING[decision];
  const paragraph = (text: string) => wrap(`  ${oneLine(text)}`, width, "  ");
  return [
    style("bold", `Decision: ${style(colour, decision)}, ${meaning} (confidence ${confidence})`),
    ...(rootCause === undefined ? [] : [paragraph(rootCause)]),
    ...reasons(report).map((text) => style("dim", paragraph(text))),
    ...section(
      "What it rests on",
      claims.flatMap((claim, index) => claimLines(claim, { index, evidence, view })),
    ),
    ...section(
      "Not determined",
      gaps.map((gap) => wrap(`  - ${oneLine(gap)}`, width, "    ")),
    ),
    ...section("What to do", [
      ...(diff === undefined
        ? []
        : colouredDiff(diff, style)
            .split("\n")
            .map((line) => `  ${line}`)),
      ...fixOf(report, view),
    ]),
    "",
    style("dim", usageText(usage)),
  ].join("\n");
}

function reasons({ rationale, rootCause = "" }: Report): readonly string[] {
  const rest = afterCause(rationale, rootCause);
  return rest === "" ? [] : [rest];
}

/** The rationale without the cause, which stands above it. */
export function afterCause(rationale: string, rootCause: string): string {
  return rationale.startsWith(rootCause) ? rationale.slice(rootCause.length).replace(/^[\s.]+/, "") : rationale;
}

function section(title: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ["", title, ...lines];
}

interface ClaimPlace extends Pick<ReportContext, "evidence"> {
  readonly index: number;
  readonly view: View;
}

function claimLines({ text, evidence: ids }: Claim, { index, evidence, view }: ClaimPlace): readonly string[] {
  const { style, width } = view;
  return [
    wrap(`  ${index + 1}. ${oneLine(text)}`, width, "     "),
    ...ids.flatMap((id) => {
      const received = evidence.get(id);
      if (received === undefined) return [`     ${style("yellow", `[${id}] is not in this transcript`)}`];
      const [first = "", ...rest] = received.text.split("\n").map((line) => line.trim());
      return [
        `[${id}] ${received.tool}: ${withoutEnd(first, `: ${oneLine(text)}`)}`,
        ...rest.map((line) => `  ${line}`),
      ].map((line) => style("dim", wrap(`     ${line}`, width, "       ")));
    }),
  ];
}

/** Evidence that says the claim's very words need not say them twice. */
const withoutEnd = (line: string, end: string) => (line.endsWith(end) ? line.slice(0, -end.length) : line);

/** The fix of the worst finding that has one; what is recorded as a proposal stands as a diff already. */
function fixOf({ findings, remediationRef }: Report, view: View): readonly string[] {
  const [fix] = findings.flatMap((finding: Finding) => finding.fix ?? []);
  return fix === undefined || remediationRef !== undefined ? [] : fixLines(fix, view);
}

const oneLine = (text: string) => text.replace(/\s*\n\s*/g, " ");
