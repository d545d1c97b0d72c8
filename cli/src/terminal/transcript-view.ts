import type { Report, SreInvestigation, TranscriptEntry } from "@sre-agent/crds";
import type { ReadTranscript } from "../compose/transcript.ts";
import { evidenceIn } from "./evidence.ts";
import { reportView } from "./report-view.ts";
import type { Style, Terminal } from "./terminal.ts";
import { wrap } from "./wrap.ts";

export const STEP_MARKS: Readonly<Record<TranscriptEntry["kind"], string>> = {
  begun: "●",
  thought: "…",
  call: "→",
  result: "←",
  note: "!",
  ended: "■",
};
const TEXT_LINES = 12;
const CHAIN = "the hash chain is whole";

type View = Pick<Terminal, "style" | "width">;

/** For a terminal: each step with its time, its result cut to a few lines, and the report with its evidence at the end. */
export function transcriptView(transcript: ReadTranscript, view: View): string {
  const { investigation, journal, steps, chunks } = transcript;
  const { metadata, spec, status } = investigation;
  const { style, width } = view;
  return [
    `${style("bold", metadata.name)} in ${metadata.namespace}: ${targetOf(investigation)}`,
    wrap(`  ${spec.symptom.replace(/\s+/g, " ")}`, width, "  "),
    `  ${style("dim", `${journal.length} entries in ${countOf(chunks)}; ${CHAIN}`)}`,
    "",
    ...steps.map((step) => stepView(step, view)),
    "",
    ...ending(transcript, view),
    ...(status?.remediationRef === undefined ? [] : [remediationLine(status.remediationRef, style)]),
    ...(status?.outcome === undefined ? [] : [`Outcome: ${style("bold", status.outcome)}`]),
  ].join("\n");
}

const countOf = (chunks: readonly unknown[]) => `${chunks.length} chunk${chunks.length === 1 ? "" : "s"}`;

function ending(transcript: ReadTranscript, view: View): readonly string[] {
  const report = reportOf(transcript);
  if (report === undefined) {
    return [view.style("yellow", `No report yet: phase ${transcript.investigation.status?.phase ?? "Pending"}.`)];
  }
  return [reportView(report, { evidence: evidenceIn(transcript.journal) }, view)];
}

function reportOf({ journal }: ReadTranscript): Report | undefined {
  const last = journal.findLast((entry) => entry.kind === "ended");
  return last?.report;
}

function targetOf({ spec }: SreInvestigation): string {
  return spec.target.name === undefined ? spec.target.kind : `${spec.target.kind}/${spec.target.name}`;
}

type RemediationRef = NonNullable<NonNullable<SreInvestigation["status"]>["remediationRef"]>;

function remediationLine({ summary, name, phase }: RemediationRef, style: Style): string {
  return `Change: ${style("bold", summary ?? name)} (${name}, ${phase ?? "Proposed"})`;
}

function stepView({ at, kind, title, text, ok }: TranscriptEntry, { style, width }: View): string {
  const time = style("dim", at.slice(11, 23));
  const head = `${time} ${STEP_MARKS[kind]} ${ok === false ? style("red", title) : title}`;
  if (text === undefined) return head;
  if (kind === "thought")
    return [head, ...restOf(text, title).map((line) => wrap(`${INDENT}${line}`, width, INDENT))].join("\n");
  return kind === "result" || kind === "note"
    ? [head, ...excerpt(text).map((line) => style("dim", wrap(`${INDENT}${line}`, width, `${INDENT}  `)))].join("\n")
    : head;
}

const INDENT = " ".repeat(15);

/** The rest of a thought of which the title shows the beginning; nothing when it shows all. */
function restOf(text: string, title: string): readonly string[] {
  return text.replace(/\s+/g, " ").trim() === title ? [] : excerpt(text);
}

function excerpt(text: string): readonly string[] {
  const lines = text.split("\n");
  const left = lines.length - TEXT_LINES;
  return left > 0 ? [...lines.slice(0, TEXT_LINES), `(${left} more lines)`] : lines;
}

/** The same as Markdown, for a ticket or a postmortem: every claim with the text that it rests on. */
export function transcriptMarkdown(transcript: ReadTranscript): string {
  const { investigation, steps, journal, chunks } = transcript;
  const { metadata, spec, status } = investigation;
  const { decision = "none", confidence = "unknown", rootCause } = status ?? {};
  return [
    `# Investigation ${metadata.name}`,
    "",
    `- **Target:** ${targetOf(investigation)} in ${metadata.namespace}`,
    `- **Symptom:** ${spec.symptom}`,
    `- **Decision:** ${decision} (confidence ${confidence})`,
    `- **Outcome:** ${status?.outcome ?? status?.phase ?? "Pending"}`,
    ...(rootCause === undefined ? [] : [`- **Root cause:** ${rootCause}`]),
    "",
    "## Claims and their evidence",
    "",
    ...claimsMarkdown(transcript),
    ...(status?.gaps ?? []).map((gap) => `- Not determined: ${gap}`),
    "",
    "## Steps",
    "",
    ...steps.map(({ at, title }) => `- \`${at.slice(11, 23)}\` ${title}`),
    "",
    `${journal.length} entries in ${countOf(chunks)}; ${CHAIN}.`,
  ].join("\n");
}

function claimsMarkdown({ investigation, journal }: ReadTranscript): readonly string[] {
  const received = evidenceIn(journal);
  return (investigation.status?.claims ?? []).flatMap(({ text, evidence }) => [
    `- ${text}`,
    ...evidence.flatMap((id) => {
      const { tool = "not in this transcript", text: quoted = "" } = received.get(id) ?? {};
      // A fence longer than any in the quoted text: what a tenant wrote stays text.
      const fence = "`".repeat(Math.max(3, ...[...quoted.matchAll(/`+/g)].map(([ticks]) => ticks.length + 1)));
      return [`  - \`${id}\` ${tool}`, "", ...[fence, ...quoted.split("\n"), fence].map((line) => `    ${line}`), ""];
    }),
  ]);
}
