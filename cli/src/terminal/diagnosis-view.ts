import type { Finding } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import type { Diagnosis } from "@sre-agent/mcp-server";
import { findingsView } from "./findings-view.ts";
import { newScrub, scrubbed } from "./scrub.ts";
import type { Terminal } from "./terminal.ts";

export interface DiagnosisOutput {
  readonly json: boolean;
  /** Answer with `FOUND_EXIT_CODE` when something above info was found. */
  readonly exitCode: boolean;
}

export const FOUND_EXIT_CODE = 3;

/** Findings, or that there are none, in what was looked at. */
function findingsText({ findings, gaps }: Diagnosis, terminal: Terminal): string {
  if (findings.length > 0) return findingsView(findings, terminal);
  return gaps.length === 0 ? "Nothing is wrong." : "Nothing is wrong in what could be read.";
}

/**
 * Findings on standard output; what was looked at, and what could not be, beside it. Answers with the exit code.
 * @throws UserError when nothing could be read.
 */
export function printDiagnosis(terminal: Terminal, diagnosis: Diagnosis, output: DiagnosisOutput): number {
  const clean = scrubbed(diagnosis, newScrub());
  const { findings, gaps, looked, beyond } = clean;
  if (looked.objects === 0 && gaps.length > 0) throw nothingRead(gaps);
  terminal.out(output.json ? JSON.stringify(findings, null, 2) : findingsText(clean, terminal));
  const { objects, namespaces, logs } = looked;
  terminal.err(`Looked at ${objects} objects in ${namespaces} namespace${namespaces === 1 ? "" : "s"}, ${logs} logs.`);
  for (const gap of gaps) terminal.err(`Not looked at: ${gap}.`);
  for (const gap of beyond) terminal.err(`Beyond these rights: ${gap}.`);
  return output.exitCode && findings.some(isTrouble) ? FOUND_EXIT_CODE : 0;
}

/** "Nothing is wrong" would be a guess. */
function nothingRead(gaps: readonly string[]): UserError {
  return new UserError(`Nothing could be read: ${gaps.join("; ")}.`, {
    nextStep: "Ask for the right to read, or use another context: --context NAME.",
  });
}

function isTrouble({ severity }: Finding): boolean {
  return severity !== "info";
}
