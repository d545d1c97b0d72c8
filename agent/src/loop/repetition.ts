import { actionOfTool, canonicalJson, type ToolCall } from "@sre-agent/crds";
import type { Turn } from "./run-state.ts";

export type Repetition = "same_calls" | "alternating_calls" | "all_calls_failed";

/** Arguments by which models vary a call that is the same otherwise. */
const VARIED = new Set(["limit", "reason", "evidence"]);
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
  // What is acted on is exact; a read with nearly the same arguments gives nearly the same answer.
  const compared = actionOfTool(tool) ? kept : kept.map(([name, value]) => [name, roughly(value)] as const);
  return `${tool} ${canonicalJson(Object.fromEntries(compared))} ${malformed ?? ""}`;
}

/** 100 and 101 are alike, and so are `15m` and `16m`, and texts but for case and outer blanks. */
function roughly(value: unknown): unknown {
  if (typeof value === "number") return Number(value.toPrecision(1));
  if (typeof value !== "string") return value;
  const [, amount, unit] = /^(\d{1,6})([smhd])$/.exec(value) ?? [];
  return amount === undefined ? value.trim().toLowerCase() : `${Number(amount).toPrecision(1)}${unit}`;
}

function failed({ results }: Turn): boolean {
  return results !== undefined && results.length > 0 && results.every(({ ok }) => !ok);
}
