import type { DecideRequest, Report, ToolCall } from "@sre-agent/crds";
import { buildReport } from "../report/build-report.ts";
import { draftOf } from "../report/draft.ts";
import { fallbackReport } from "../report/fallback-report.ts";
import { DIAGNOSE, diagnoseTarget, isAboutTarget } from "./diagnose-target.ts";
import { type Exhaustion, exhaustionOf, type Forecast, isUncountable } from "./exhaustion.ts";
import {
  FORCE_ANSWER,
  forceForBudget,
  isFailure,
  isForced,
  isNudge,
  type NoteText,
  NUDGE_NO_ANSWER,
  nudgeForRepetition,
  UNPRICED,
  withdrawTools,
} from "./notes.ts";
import { repetitionOf } from "./repetition.ts";
import { allResults, limitsOf, type RunState, unansweredCalls } from "./run-state.ts";

export type NextStep =
  | { readonly kind: "note"; readonly note: NoteText }
  | { readonly kind: "model"; readonly toolChoice: "auto" | "none" }
  /** Calls that code makes in the model's place, as a turn of their own. */
  | { readonly kind: "check"; readonly calls: readonly ToolCall[] }
  | { readonly kind: "tools"; readonly calls: readonly ToolCall[] }
  | { readonly kind: "finish"; readonly report: Report };

/** What a run does next. Pure: the journal decides, so whoever holds it goes on alike. */
export function nextStep(state: RunState, request: DecideRequest, forecast: Forecast = {}): NextStep {
  if (state.ended) return { kind: "finish", report: state.ended };
  const calls = unansweredCalls(state);
  if (calls.length > 0) return { kind: "tools", calls };
  const last = state.turns.at(-1);
  const draft = last?.entry.calls.length === 0 ? draftOf(last.entry) : undefined;
  // An answer before anything was seen is a guess: the model gives it again, with what code saw.
  const seen = hasLooked(state, request) || allResults(state).some(({ ok }) => ok);
  if (draft) return seen ? { kind: "finish", report: buildReport(state, request, draft) } : look(state, request);
  const failure = state.notes.find(isFailure);
  if (failure) return afterFailure(state, request, failure);
  const forced = state.notes.find(isForced);
  if (forced) return afterForced(state, request, forced);
  return withinBudget(state, request, forecast);
}

/** A run without its model still looks once, so that its report says what the analyzers see. */
function afterFailure(state: RunState, request: DecideRequest, { code, message }: NoteText): NextStep {
  const unasked = code === UNPRICED.code;
  return lookThenFinish(state, request, unasked ? message : `The model gave no answer: ${message}`);
}

function lookThenFinish(state: RunState, request: DecideRequest, why: string): NextStep {
  return hasLooked(state, request) ? finishWithout(state, request, why) : look(state, request);
}

/** Whether the analyzers were heard, or asked about the very target: a second time they would say no more. */
function hasLooked(state: RunState, request: DecideRequest): boolean {
  const heard = allResults(state).some(({ tool, ok }) => tool === DIAGNOSE && ok);
  return heard || state.turns.some(({ entry }) => entry.calls.some((call) => isAboutTarget(call, request)));
}

function look(state: RunState, request: DecideRequest): NextStep {
  return { kind: "check", calls: [diagnoseTarget(`check-${state.turns.length + 1}`, request)] };
}

function afterForced(state: RunState, request: DecideRequest, forced: NoteText & { position: number }): NextStep {
  const answered = state.turns.some(({ position }) => position > forced.position);
  if (!answered) return { kind: "model", toolChoice: "none" };
  return lookThenFinish(state, request, `The model was asked for its answer and gave no report (${forced.code}).`);
}

function withinBudget(state: RunState, request: DecideRequest, forecast: Forecast): NextStep {
  const limits = limitsOf(state.begun?.budget ?? request.budget);
  if (isUncountable(limits, forecast)) return { kind: "note", note: UNPRICED };
  const exhaustion = exhaustionOf(state, limits, forecast);
  if (exhaustion?.degree === "over") return afterBudget(state, request, exhaustion);
  if (exhaustion) return { kind: "note", note: forceForBudget(exhaustion) };
  const note = correction(state);
  return note ? { kind: "note", note } : { kind: "model", toolChoice: "auto" };
}

/** A model that cannot be afforded does not keep code from looking, as long as there is time for it. */
function afterBudget(state: RunState, request: DecideRequest, { budget }: Exhaustion): NextStep {
  const why = `The budget of ${budget} is used up.`;
  const mayLook = state.turns.length === 0 && budget !== "seconds" && budget !== "journal";
  return mayLook ? lookThenFinish(state, request, why) : finishWithout(state, request, why);
}

/** What the model has to be told before it goes on: once in words, then by taking the tools away. */
function correction({ turns, notes }: RunState): NoteText | undefined {
  const last = turns.at(-1);
  const told = notes.some((note) => isNudge(note) && note.position > (last?.position ?? -1));
  if (last === undefined || told) return undefined;
  if (last.entry.calls.length === 0) {
    return notes.some(({ code }) => code === NUDGE_NO_ANSWER.code) ? FORCE_ANSWER : NUDGE_NO_ANSWER;
  }
  const repetition = repetitionOf(turns);
  if (repetition === undefined) return undefined;
  const nudged = notes.some((note) => isNudge(note) && note.code !== NUDGE_NO_ANSWER.code);
  return nudged ? withdrawTools(repetition) : nudgeForRepetition(repetition);
}

function finishWithout(state: RunState, request: DecideRequest, why: string): NextStep {
  return { kind: "finish", report: fallbackReport(state, request, why) };
}
