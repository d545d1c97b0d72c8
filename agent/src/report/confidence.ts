import type { Claim, Report } from "@sre-agent/crds";
import type { Diagnosed } from "./collected.ts";

/**
 * How far the evidence carries the answer. High: a finding of the analyzers that rests on what the control plane
 * wrote is cited, and nothing stayed unread. Low: no claim stands, or no diagnosis was received.
 */
export function confidenceOf(claims: readonly Claim[], { findings, gaps, received }: Diagnosed): Report["confidence"] {
  if (!received) return "low";
  const cited = findings.filter(({ evidenceId }) => claims.some(({ evidence }) => evidence.includes(evidenceId)));
  const solid = cited.some(({ evidence }) => evidence.some(({ writableBy }) => writableBy === "control-plane"));
  if (solid && gaps.length === 0) return "high";
  return findings.length > 0 && claims.length === 0 ? "low" : "medium";
}
