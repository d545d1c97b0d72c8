import type { JournalEntry, SreInvestigation, TranscriptEntry } from "@sre-agent/crds";
import type { Style } from "./terminal.ts";

/** A run with its whole journal, as `transcript` shows it. */
export interface ReadTranscript {
  readonly investigation: SreInvestigation;
  readonly journal: readonly JournalEntry[];
  readonly steps: readonly TranscriptEntry[];
  readonly chunks: number;
}

const MARKS: Readonly<Record<TranscriptEntry["kind"], string>> = {
  begun: "●",
  thought: "…",
  call: "→",
  result: "←",
  note: "!",
  ended: "■",
};
const TEXT_LINES = 12;

/** For a terminal: each step with its time, its result cut to a few lines, and the report with its evidence at the end. */
export function transcriptView({ investigation, journal, steps, chunks }: ReadTranscript, style: Style): string {
  const { metadata, spec, status } = investigation;
  return [
    `${style("bold", metadata.name)} in ${metadata.namespace}: ${spec.target.kind}/${spec.target.name ?? ""}`,
    `  ${spec.symptom}`,
    `  ${style("dim", `${journal.length} entries in ${chunks} chunks; the hash chain is whole`)}`,
    "",
    ...steps.map((step) => stepView(step, style)),
    "",
    style(
      "bold",
      `Decision: ${status?.decision ?? "none"}, confidence ${status?.confidence ?? "unknown"}, phase ${status?.phase ?? "Pending"}`,
    ),
    ...claimLines(investigation).map((line) => `  ${line}`),
    ...(status?.gaps ?? []).map((gap) => `  ${style("yellow", "not determined")}  ${gap}`),
    ...(status?.remediationRef === undefined
      ? []
      : [
          `  ${status.remediationRef.summary} (${status.remediationRef.name}, ${status.remediationRef.phase ?? "Proposed"})`,
        ]),
  ].join("\n");
}

function stepView({ at, kind, title, text, ok }: TranscriptEntry, style: Style): string {
  const time = style("dim", at.slice(11, 23));
  const head = `${time} ${MARKS[kind]} ${ok === false ? style("red", title) : title}`;
  return kind === "result" && text !== undefined
    ? [head, ...excerpt(text).map((line) => style("dim", `             ${line}`))].join("\n")
    : head;
}

function excerpt(text: string): readonly string[] {
  const lines = text.split("\n");
  const left = lines.length - TEXT_LINES;
  return left > 0 ? [...lines.slice(0, TEXT_LINES), `(${left} more lines)`] : lines;
}

function claimLines({ status }: SreInvestigation): readonly string[] {
  return (status?.claims ?? []).map(({ text, evidence }) => `${text} [${evidence.join(", ")}]`);
}

/** The same as Markdown, for a ticket or a postmortem. */
export function transcriptMarkdown({ investigation, steps, journal, chunks }: ReadTranscript): string {
  const { metadata, spec, status } = investigation;
  return [
    `# Investigation ${metadata.name}`,
    "",
    `- **Target:** ${spec.target.kind}/${spec.target.name ?? ""} in ${metadata.namespace}`,
    `- **Symptom:** ${spec.symptom}`,
    `- **Decision:** ${status?.decision ?? "none"} (confidence ${status?.confidence ?? "unknown"})`,
    `- **Outcome:** ${status?.outcome ?? status?.phase ?? "Pending"}`,
    ...(status?.rootCause === undefined ? [] : [`- **Root cause:** ${status.rootCause}`]),
    "",
    "## Claims and their evidence",
    "",
    ...claimLines(investigation).map((line) => `- ${line}`),
    "",
    "## Steps",
    "",
    ...steps.map(({ at, title }) => `- \`${at.slice(11, 23)}\` ${title}`),
    "",
    `${journal.length} entries in ${chunks} chunks; the hash chain is whole.`,
  ].join("\n");
}
