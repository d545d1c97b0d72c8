import type { DecideRequest, DecideStep, JournalEntry, Report, ToolCall, ToolResult } from "@sre-agent/crds";
import { internalFailure } from "../model/failure.ts";
import type { ModelClient, Prompt } from "../model/model-client.ts";
import { ModelError } from "../model/model-error.ts";
import type { AnswerLanguage } from "../prompt/language.ts";
import { questionOf } from "../prompt/question.ts";
import { systemPrompt } from "../prompt/system.ts";
import type { ToolClient } from "../tools/tool-client.ts";
import { exhaustionOf, type Forecast, outputTokensLeft, timeLeftMs } from "./exhaustion.ts";
import { type Content, entryAfter } from "./journal-entry.ts";
import { type NextStep, nextStep } from "./next-step.ts";
import { modelFailure, PREFIX_CHANGED } from "./notes.ts";
import { errorResult, planCalls } from "./plan-calls.ts";
import { prefixOf } from "./prefix.ts";
import { runCalls } from "./run-calls.ts";
import { limitsOf, type RunState, stateOf } from "./run-state.ts";

interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Aborts after `ms`. */
  timeout(ms: number): AbortSignal;
}

export interface Effects {
  readonly model: ModelClient;
  readonly tools: ToolClient;
  readonly clock: Clock;
  /** Of the model's sentences; English when not said. */
  readonly language?: AnswerLanguage;
  /** A fresh mark: 12 to 64 characters of a-z and 0-9. */
  readonly random: () => string;
}

interface RunOptions {
  /** Called with each entry before the next step is taken. */
  readonly onEntry?: (entry: JournalEntry) => void | Promise<void>;
  readonly signal: AbortSignal;
}

export interface Runner {
  /** Makes exactly one durable step after `journal`: a turn, the calls of the last turn, or the end. */
  step(request: DecideRequest, journal: readonly JournalEntry[], signal: AbortSignal): Promise<DecideStep>;
  /** Takes steps until the run has ended, starting after `request.journal` when there is one. */
  run(request: DecideRequest, options: RunOptions): Promise<Report>;
}

const CALL_TIMEOUT_MS = 30_000;
/** What the last look gets when nothing is left. */
const LEAST_CALL_MS = 1_000;
const MAX_OUTPUT_TOKENS = 4_096;
const NO_USAGE = { inputTokens: 0, outputTokens: 0 };

/** Runs investigations. Both functions reject when `signal` aborts; what was stored by then can be continued. */
export function createRunner(effects: Effects): Runner {
  return {
    step: (request, journal, signal) => step(effects, { request, signal }, journal),
    async run(request, { onEntry, signal }) {
      const journal = [...(request.journal ?? [])];
      for (;;) {
        const made = await step(effects, { request, signal }, journal);
        for (const entry of made.entries) await onEntry?.(entry);
        journal.push(...made.entries);
        if (made.report) return made.report;
      }
    },
  };
}

interface Asked {
  readonly request: DecideRequest;
  readonly signal: AbortSignal;
}

async function step(effects: Effects, asked: Asked, journal: readonly JournalEntry[]): Promise<DecideStep> {
  const entries: JournalEntry[] = [];
  const all = () => [...journal, ...entries];
  const add = (content: Content) => entries.push(entryAfter(all(), content, effects.clock.now()));
  if (stateOf(journal).ended === undefined) beginning(effects, asked.request, journal).forEach(add);
  for (;;) {
    asked.signal.throwIfAborted();
    const state = stateOf(all());
    const forecast = forecastOf(effects, state, all());
    const next = nextStep(state, asked.request, forecast);
    if (next.kind === "finish") {
      if (state.ended === undefined) add({ kind: "ended", report: next.report });
      return { entries, continue: false, report: next.report };
    }
    add(await contentOf(next, { effects, asked, state, journal: all(), forecast }));
    if (DURABLE.has(next.kind)) return { entries, continue: true };
  }
}

/** Steps with an effect, after which a run has to be stored; notes and checks cost nothing to repeat. */
const DURABLE: ReadonlySet<NextStep["kind"]> = new Set(["model", "tools"]);

/** The first entry of a run, or what is noted when it goes on under another prefix. */
function beginning(effects: Effects, request: DecideRequest, journal: readonly JournalEntry[]): readonly Content[] {
  const { model, tools, clock } = effects;
  const prefix = prefixOf(model, systemPrompt(effects.language), tools.list());
  const { begun } = stateOf(journal);
  if (begun?.prefix === prefix) return [];
  const mark = begun?.mark ?? effects.random();
  const begin: Content = {
    kind: "begun",
    backend: model.name,
    ...(model.model === undefined ? {} : { model: model.model }),
    budget: limitsOf(request.budget),
    ...{ prefix, mark },
    question: begun?.question ?? questionOf(request, { mark, now: clock.now() }),
  };
  return begun === undefined ? [begin] : [{ kind: "note", ...PREFIX_CHANGED }, begin];
}

interface Situation {
  readonly effects: Effects;
  readonly asked: Asked;
  readonly state: RunState;
  readonly journal: readonly JournalEntry[];
  readonly forecast: Forecast;
}

/** What the next turn of the model would take. */
function forecastOf(effects: Effects, state: RunState, journal: readonly JournalEntry[]): Forecast {
  const { model } = effects;
  const inputTokens = model.promptTokens?.(promptOf(effects, state, journal));
  return { inputTokens, contextTokens: model.contextTokens, prices: model.prices };
}

function promptOf({ tools, language }: Effects, state: RunState, journal: readonly JournalEntry[]): Prompt {
  return { system: systemPrompt(language), question: state.begun?.question ?? "", journal, tools: tools.list() };
}

async function contentOf(next: Exclude<NextStep, { kind: "finish" }>, situation: Situation): Promise<Content> {
  switch (next.kind) {
    case "note":
      return { kind: "note", ...next.note };
    case "check":
      return { kind: "turn", calls: [...next.calls], usage: NO_USAGE };
    case "model":
      return takeTurn(next.toolChoice, situation);
    case "tools":
      return answerCalls(next.calls, situation);
  }
}

async function takeTurn(toolChoice: "auto" | "none", situation: Situation): Promise<Content> {
  const { effects, asked, state, journal, forecast } = situation;
  const limits = limitsOf(state.begun?.budget);
  const left = timeLeftMs(state, limits);
  const outOfTime = effects.clock.timeout(left);
  const outputLeft = outputTokensLeft(state, limits, forecast);
  try {
    const turn = await effects.model.turn({
      ...promptOf(effects, state, journal),
      ...{ request: asked.request, toolChoice },
      maxOutputTokens: Math.min(MAX_OUTPUT_TOKENS, outputLeft),
      outputTokensLeft: outputLeft,
      mayRepeat: exhaustionOf(state, limits, forecast) === undefined,
      timeLeftMs: left,
      signal: AbortSignal.any([asked.signal, outOfTime]),
    });
    const { opaque, calls, ...rest } = turn;
    return { kind: "turn", ...rest, calls: [...calls], ...(opaque === undefined ? {} : { opaque: [...opaque] }) };
  } catch (error) {
    asked.signal.throwIfAborted();
    // Also a fault of our own is no reason to lose what the run has: the report is then built by code.
    const { code, message, usage } = error instanceof ModelError ? error : internalFailure(error);
    const told = outOfTime.aborted ? "The time of the run is used up." : message;
    return { kind: "note", ...modelFailure(code, told.slice(0, 1_000)), ...(usage === undefined ? {} : { usage }) };
  }
}

async function answerCalls(calls: readonly ToolCall[], { effects, asked, state }: Situation): Promise<Content> {
  const { tools, clock } = effects;
  const { run, correlationId } = asked.request;
  const { signal } = asked;
  // They wait for each other, so what is left of the run's time is asked before each of them.
  const end = clock.now() + Math.max(LEAST_CALL_MS, timeLeftMs(state, limitsOf(state.begun?.budget)));
  const planned = planCalls(calls, state, tools.list());
  const results = await runCalls(planned, async (call) => {
    const timeoutMs = Math.min(CALL_TIMEOUT_MS, end - clock.now());
    if (timeoutMs <= 0) return errorResult(call, "BUDGET_EXHAUSTED", "The run's time is used up.");
    return answered(call, () => tools.call(call, { run, correlationId, signal, timeoutMs }), signal);
  });
  return { kind: "results", results: [...results] };
}

/** A tool that throws has answered too: a turn with a call left open cannot be sent to a model. */
async function answered(call: ToolCall, run: () => Promise<ToolResult>, signal: AbortSignal): Promise<ToolResult> {
  try {
    return await run();
  } catch (error) {
    signal.throwIfAborted();
    return errorResult(call, "TOOL_ERROR", error instanceof Error ? error.message.slice(0, 1_000) : "The tool failed.");
  }
}
