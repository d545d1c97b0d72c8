import { canonicalJson, type ToolCall } from "@sre-agent/crds";
import type { Turn } from "./run-state.ts";

export type Repetition = "same_calls" | "alternating_calls" | "all_calls_failed";

/** Arguments by which models vary a call that is the same otherwise. */
const VARIED = new Set(["limit", "reason"]);
const FAILED_TURNS = 3;

/** How the newest turns go round in a circle; undefined while they do not. */
export function repetitionOf(turns: readonly Turn[]): Repetition | undefined {
  const [a, b, c, d] = turns.slice(-4).reverse().map(signatureOf);
  if (a !== undefined && a === b) return "same_calls";
  if (a !== undefined && b !== undefined && a === c && b === d) return "alternating_calls";
  const recent = turns.slice(-FAILED_TURNS);
  return recent.length === FAILED_TURNS && recent.every(failed) ? "all_calls_failed" : undefined;
}

function signatureOf({ entry }: Turn): string | undefined {
  return entry.calls.length === 0 ? undefined : entry.calls.map(callSignature).sort().join("\n");
}

function callSignature({ tool, arguments: given, malformed }: ToolCall): string {
  const kept = Object.entries(given).filter(([name]) => !VARIED.has(name));
  return `${tool} ${canonicalJson(Object.fromEntries(kept))} ${malformed ?? ""}`;
}

function failed({ results }: Turn): boolean {
  return results !== undefined && results.length > 0 && results.every(({ ok }) => !ok);
}
