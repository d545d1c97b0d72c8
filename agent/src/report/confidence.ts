import type { Claim, Report, ToolResult } from "@sre-agent/crds";
import { DIAGNOSE } from "../loop/diagnose-target.ts";
import type { Diagnosed } from "./collected.ts";

/**
 * How far the evidence carries the answer. High: a finding that rests on what the control plane wrote is cited,
 * together with what another tool read, and nothing stayed unread. Low: nothing was diagnosed, a later look
 * contradicts what is cited, or no cited finding rests on the control plane.
 */
export function confidenceOf(
  claims: readonly Claim[],
  { findings, gaps, contradicted, complete }: Diagnosed,
  results: readonly ToolResult[],
): Report["confidence"] {
  const cited = new Set(claims.flatMap(({ evidence }) => evidence));
  if (!complete || contradicted.some((id) => cited.has(id))) return "low";
  const faults = findings.filter(({ severity }) => severity !== "info");
  const solid = findings
    .filter(({ evidenceId }) => cited.has(evidenceId))
    .some(({ evidence }) => evidence.some(({ writableBy }) => writableBy === "control-plane"));
  if (faults.length > 0 && !solid) return "low";
  const isConfirmed = results
    .filter(({ ok, tool }) => ok && tool !== DIAGNOSE)
    .some(({ evidence }) => evidence.some((id) => cited.has(id)));
  return solid && gaps.length === 0 && isConfirmed ? "high" : "medium";
}
