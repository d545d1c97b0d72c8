import type { LogLine } from "../http/request.ts";
import type { ContainerLog, Outcome } from "../incidents/incident.ts";

/** One start of one container. */
export interface Run {
  readonly id: string;
  readonly startedAtMs: number;
  readonly outcome: Outcome;
  readonly end?: RunEnd;
}

export interface RunEnd {
  readonly atMs: number;
  readonly exitCode: number;
  readonly reason: string;
}

/** Lines that are kept of one run. */
const MAX_LINES = 5_000;

/** What a run has printed until now, computed from its outcome: nothing is stored. */
export function linesOf(run: Run, nowMs: number): readonly LogLine[] {
  const log = "log" in run.outcome ? run.outcome.log : undefined;
  const until = run.end?.atMs ?? nowMs;
  const first = (log?.first ?? []).map((text) => ({ timeMs: run.startedAtMs, text }));
  return [...first, ...repeated(log, run.startedAtMs, until)].slice(-MAX_LINES);
}

function repeated(log: ContainerLog | undefined, from: number, until: number): readonly LogLine[] {
  const repeat = log?.repeat;
  if (repeat === undefined || repeat.lines.length === 0) return [];
  const total = Math.max(0, Math.floor((until - from) / repeat.everyMs));
  const skipped = Math.max(0, total - MAX_LINES);
  return Array.from({ length: total - skipped }, (_, at) => ({
    timeMs: from + (skipped + at + 1) * repeat.everyMs,
    text: repeat.lines[(skipped + at) % repeat.lines.length] ?? "",
  }));
}

/** When and how a run ends by itself; undefined: never. */
export function plannedEnd({ startedAtMs, outcome }: Run): RunEnd | undefined {
  if (outcome.kind === "oom") return { atMs: startedAtMs + outcome.afterMs, exitCode: 137, reason: "OOMKilled" };
  if (outcome.kind !== "exits") return undefined;
  const reason = outcome.code === 0 ? "Completed" : "Error";
  return { atMs: startedAtMs + outcome.afterMs, exitCode: outcome.code, reason };
}
