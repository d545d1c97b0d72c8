import type { Exhaustion } from "./exhaustion.ts";
import type { Repetition } from "./repetition.ts";

export interface NoteText {
  readonly code: string;
  readonly message: string;
}

const FORCED = "forced_";
const NUDGE = "nudge_";
const FAILURE = "model_";

/** From such a note on the model may only answer. */
export const isForced = ({ code }: { readonly code: string }) => code.startsWith(FORCED);
/** Such a note is told to the model, once a run for each cause. */
export const isNudge = ({ code }: { readonly code: string }) => code.startsWith(NUDGE);
/** Such a note says why the model gave no turn, or was asked for none. */
export const isFailure = ({ code }: { readonly code: string }) => code.startsWith(FAILURE);

const REPEATED: Readonly<Record<Repetition, string>> = {
  same_calls: "the same calls twice in a row",
  alternating_calls: "the same two sets of calls in turns",
  all_calls_failed: "only failing calls for three turns",
};

const ANSWER_NOW = "Answer now with the report, without tools, and state what you could not determine.";

export function nudgeForRepetition(repetition: Repetition): NoteText {
  const message = `You made ${REPEATED[repetition]}. Their results will not change: look elsewhere, or answer.`;
  return { code: `${NUDGE}${repetition}`, message };
}

export function withdrawTools(repetition: Repetition): NoteText {
  return { code: `${FORCED}loop`, message: `You made ${REPEATED[repetition]} again. ${ANSWER_NOW}` };
}

export const NUDGE_NO_ANSWER: NoteText = {
  code: `${NUDGE}no_answer`,
  message: "That was neither a tool call nor a report in the required form. Call a tool, or answer with the report.",
};

export const FORCE_ANSWER: NoteText = {
  code: `${FORCED}no_answer`,
  message: `Again there was neither a tool call nor a report. ${ANSWER_NOW}`,
};

export function forceForBudget({ budget }: Exhaustion): NoteText {
  return { code: `${FORCED}budget_${budget}`, message: `The budget of ${budget} is used up. ${ANSWER_NOW}` };
}

export function modelFailure(code: string, message: string): NoteText {
  return { code: `${FAILURE}${code}`, message };
}

export const UNPRICED: NoteText = modelFailure(
  "unpriced",
  "The model was not asked: the run has a budget of money, and no prices are set to count it with. Set MODEL_PRICE_INPUT and MODEL_PRICE_OUTPUT where the agent runs, or take the budget out: --max-cost of the command, costMicroUsd of SrePolicy, SreTrigger or SreInvestigation.",
);

export const PREFIX_CHANGED: NoteText = {
  code: "prefix_changed",
  message: "The agent's prompt, tools or report changed since the run began; it goes on with the new ones.",
};
