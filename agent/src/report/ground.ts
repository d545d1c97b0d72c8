import type { Claim, ToolResult } from "@sre-agent/crds";

export interface Grounded {
  readonly claims: readonly Claim[];
  /** One line for each claim that was dropped. */
  readonly gaps: readonly string[];
}

const QUOTED = /"([^"\n]{1,200})"/g;

/**
 * Keeps the claims that stand on evidence received in this run: every cited id came with some result, and every value
 * in double quotes occurs in a result that is cited.
 */
export function ground(claims: readonly Claim[], results: readonly ToolResult[]): Grounded {
  const faults = claims.map((claim) => faultOf(claim, results));
  return {
    claims: claims.filter((_, index) => faults[index] === undefined),
    gaps: claims.flatMap(({ text }, index) => {
      const fault = faults[index];
      return fault === undefined ? [] : [`Dropped "${text.slice(0, 200)}": ${fault}`.slice(0, 500)];
    }),
  };
}

function faultOf({ text, evidence }: Claim, results: readonly ToolResult[]): string | undefined {
  if (evidence.length === 0) return "it cites no evidence.";
  const carrying = (id: string) => results.filter((result) => result.ok && result.evidence.includes(id));
  const missing = evidence.find((id) => carrying(id).length === 0);
  if (missing !== undefined) return `evidence ${missing.slice(0, 80)} was not received in this run.`;
  const sources = evidence
    .flatMap(carrying)
    .map(({ text, structured }) => `${text}\n${stringsOf(structured).join("\n")}`);
  const quoted = [...text.matchAll(QUOTED)].map(([, value = ""]) => value);
  const absent = quoted.find((value) => !sources.some((source) => source.includes(value)));
  return absent === undefined ? undefined : `"${absent}" does not occur in the evidence.`;
}

/** Every text in a structured result, unescaped, so that a quoted value is found as it stands in the cluster. */
function stringsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
