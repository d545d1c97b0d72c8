import type { Claim, Report, ToolResult } from "@sre-agent/crds";
import type { Diagnosed } from "./collected.ts";

/**
 * How far the evidence carries the answer. High: a finding that rests on what the control plane wrote is cited,
 * together with the result of another look, and nothing stayed unread. Low: nothing was diagnosed, a later look
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
  const looks = results.filter(({ ok, evidence }) => ok && evidence.some((id) => cited.has(id)));
  return solid && gaps.length === 0 && looks.length >= 2 ? "high" : "medium";
}
