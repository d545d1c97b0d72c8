import { durationMs } from "@sre-agent/crds";
import type { NeededKind } from "@sre-agent/diagnosis";

/** What tools that look around share. */

export const isNamespaced = ({ scope }: NeededKind): boolean => scope === "Namespaced";

/** The moment from which on something counts; the empty text comes before every moment. */
export function startOf(since: string | undefined, now: number): string {
  return since === undefined ? "" : new Date(now - durationMs(since)).toISOString();
}

const MAX_GAPS = 3;

export function gapLine(gaps: readonly string[]): readonly string[] {
  if (gaps.length === 0) return [];
  const left = gaps.length - MAX_GAPS;
  return [`Not looked at: ${gaps.slice(0, MAX_GAPS).join("; ")}${left > 0 ? `; ${left} more` : ""}.`];
}
