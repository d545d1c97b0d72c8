import type { Finding, FindingEvidence, Severity } from "@sre-agent/crds";
import type { Style } from "./terminal.ts";

const COLOURS: Readonly<Record<Severity, "red" | "yellow" | "blue">> = {
  critical: "red",
  error: "red",
  warning: "yellow",
  info: "blue",
};

/** Findings as a person reads them: the cause first, then what it rests on, what it explains, and the fix. */
export function findingsView(findings: readonly Finding[], style: Style): string {
  if (findings.length === 0) return "Nothing is wrong.";
  return findings.map((finding) => findingView(finding, style)).join("\n\n");
}

function findingView(finding: Finding, style: Style): string {
  const { severity, namespace, subject, cause, evidence, explains, change, fix, id } = finding;
  return [
    `${style(COLOURS[severity], severity)}  ${style("bold", `${subject.kind}/${subject.name}`)}  in ${namespace}  ${style("dim", id)}`,
    `  ${cause}`,
    ...evidence.map((piece) => `    ${style("dim", "evidence")}  ${evidenceLine(piece)}`),
    ...(change === undefined ? [] : [`    ${style("dim", "why now")}   ${change.what} (${change.at})`]),
    ...explains.map(
      (piece) => `    ${style("dim", "explains")}  ${piece.subject.kind}/${piece.subject.name}: ${piece.symptom}`,
    ),
    ...(fix === undefined
      ? []
      : [`    ${style("dim", fix.kind === "action" ? "fix" : "decide")}  ${style("green", fix.summary)}`]),
  ].join("\n");
}

function evidenceLine({ object, path, value }: FindingEvidence): string {
  return `${object.kind}/${object.name} ${path} = ${value}`;
}
