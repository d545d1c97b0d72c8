import type { Claim, ToolResult } from "@sre-agent/crds";
import type { Draft } from "./draft.ts";

export interface Grounded {
  readonly claims: readonly Claim[];
  readonly rootCause: string | undefined;
  /** One line for each statement that was dropped. */
  readonly gaps: readonly string[];
}

/** As long as any text here may be, so that no quote is too long to be looked at. */
const QUOTED = /["“”]([^"“”]{0,1000})["“”]/g;

/**
 * Keeps the claims that stand on evidence received in this run: every cited id came with some result, and every value
 * in double quotes occurs in a result that is cited. A root cause that quotes a value no result holds is dropped too.
 */
export function ground(
  { claims, rootCause }: Pick<Draft, "claims" | "rootCause">,
  results: readonly ToolResult[],
): Grounded {
  const faults = claims.map((claim) => faultOf(claim, results));
  const causeFault =
    rootCause === null
      ? undefined
      : unquoted(
          rootCause,
          results.filter(({ ok }) => ok),
        );
  return {
    claims: claims.filter((_, index) => faults[index] === undefined),
    rootCause: rootCause === null || causeFault !== undefined ? undefined : rootCause,
    gaps: [
      ...claims.flatMap(({ text }, index) => dropped(text, faults[index])),
      ...dropped(`root cause: ${rootCause}`, causeFault),
    ],
  };
}

function dropped(text: string, fault: string | undefined): readonly string[] {
  return fault === undefined ? [] : [`Dropped "${text.slice(0, 200)}": ${fault}`.slice(0, 500)];
}

function faultOf({ text, evidence }: Claim, results: readonly ToolResult[]): string | undefined {
  if (evidence.length === 0) return "it cites no evidence.";
  const carrying = (id: string) => results.filter((result) => result.ok && result.evidence.includes(id));
  const missing = evidence.find((id) => carrying(id).length === 0);
  if (missing !== undefined) return `evidence ${missing.slice(0, 80)} was not received in this run.`;
  return unquoted(text, evidence.flatMap(carrying));
}

/** The first value in double quotes that stands in none of the results. */
function unquoted(text: string, results: readonly ToolResult[]): string | undefined {
  const sources = results.map((result) => `${result.text}\n${stringsOf(result.structured).join("\n")}`);
  const quoted = [...text.matchAll(QUOTED)].map(([, value = ""]) => value);
  const absent = quoted.find((value) => !sources.some((source) => source.includes(value)));
  return absent === undefined ? undefined : `"${absent.slice(0, 200)}" does not occur in the evidence.`;
}

/** Every text in a structured result, unescaped, so that a quoted value is found as it stands in the cluster. */
function stringsOf(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value === "number" || typeof value === "boolean") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(stringsOf) : [];
}
