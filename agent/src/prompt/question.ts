import type { DecideRequest } from "@sre-agent/crds";
import { envelope } from "@sre-agent/redaction";

export interface QuestionOptions {
  /** Of the run, around what others wrote. */
  readonly mark: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

const MAX_QUESTION = 32_768;

/** The first message of a run: what is wrong, where, since when, and what the run may do. At most 32,768 characters. */
export function questionOf(request: DecideRequest, { mark, now }: QuestionOptions): string {
  const { trigger, context, mode, actionRef, actionRefs } = request;
  const { target, symptom, instructions } = context;
  const allowedActions = actionRefs ?? (actionRef === undefined ? [] : [actionRef]);
  const parts = [
    "Investigate this and answer with the report.",
    JSON.stringify({ time: new Date(now).toISOString(), trigger, target, mode, allowedActions }),
    // A symptom may quote an event or a status message, which anyone in the namespace can write.
    `Symptom:\n${envelope(symptom, { source: "symptom", writableBy: "tenant", mark })}`,
    allowedActions.length === 0 ? "No action is allowed in this run: report what a person should do." : "",
    instructions === undefined ? "" : `Instructions of the operators of this cluster:\n${JSON.stringify(instructions)}`,
  ];
  const question = parts.filter((part) => part !== "").join("\n\n");
  return question.slice(0, MAX_QUESTION);
}
