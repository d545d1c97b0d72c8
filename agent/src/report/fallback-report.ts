import type { DecideRequest, FieldPatch, Report } from "@sre-agent/crds";
import type { RunState } from "../loop/run-state.ts";
import { buildReport } from "./build-report.ts";
import { type CitableFinding, diagnosed, lastProposed } from "./collected.ts";
import type { Draft } from "./draft.ts";
import { sentence } from "./sentence.ts";

/** The report when the model gave none: the analyzers' findings in code's own words, for a person. `why`: one sentence. */
export function fallbackReport(state: RunState, request: DecideRequest, why: string): Report {
  const { findings } = diagnosed(state);
  const faults = findings.filter(({ severity }) => severity !== "info");
  const [top] = faults;
  const draft: Draft = {
    decision: "manual",
    rationale: [why, ...(top ? [top.cause, nextStep(top)] : [nothingFound(findings.length)]), open(state)]
      .filter((phrase) => phrase !== "")
      .map(sentence)
      .join(" "),
    rootCause: top?.cause ?? null,
    claims: faults.slice(0, 10).map(claimOf),
    gaps: [why],
  };
  return buildReport(state, request, draft);
}

/** The finding's own sentence, cited. */
export function claimOf({ cause, evidenceId }: CitableFinding) {
  return { text: cause, evidence: [evidenceId] };
}

/** What a person can do about a finding: with the object, the field and the value where a patch is known. */
export function nextStep({ fix, subject }: CitableFinding): string {
  if (fix === undefined) return `Look at ${subject.kind}/${subject.name}.`;
  const fields = fix.kind === "patch" ? ` (${fix.patch.slice(0, FIELDS).map(fieldOf).join("; ")})` : "";
  return `Next: ${fix.summary}${fields}`;
}

const FIELDS = 3;

function fieldOf({ path, from, to }: FieldPatch): string {
  return `${path}: ${(from ?? "absent").slice(0, 100)} → ${(to ?? "removed").slice(0, 100)}`;
}

function nothingFound(infos: number): string {
  return infos > 0 ? "The findings so far are informational." : "No finding was collected; look at the target by hand.";
}

function open(state: RunState): string {
  const proposed = lastProposed(state);
  return proposed === undefined
    ? ""
    : `A change was proposed and is not endorsed by this report: ${proposed.receipt.name}.`;
}
