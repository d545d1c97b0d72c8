import { z } from "zod";
import { draftSchema } from "../report/draft.ts";
import type { SendLimits } from "./endpoint.ts";
import type { Finish } from "./finish.ts";
import type { ModelTurn, TurnInput } from "./model-client.ts";
import type { ReasoningEffort } from "./model-config.ts";
import { strictSchema } from "./strict-schema.ts";

export interface WireOptions {
  /** Deployment, or model. */
  readonly model: string;
  readonly contextTokens: number;
  readonly reasoningEffort?: ReasoningEffort | undefined;
}

/** One request of a turn, which may take several. */
export interface Asking {
  readonly input: TurnInput;
  readonly maxTokens: number;
  /** Leaves the newest results' text out: a filter refused it. */
  readonly withoutNewest: boolean;
}

/** A reply of a provider, read. */
export interface Reply {
  readonly turn: ModelTurn;
  readonly finish: Finish;
  readonly reasoningTokens: number;
}

/** Asks a provider in its own form. Throws ModelError for a reply that is none, and the SDK's errors as they come. */
export type Wire = (asking: Asking, limits: SendLimits) => Promise<Reply>;

/** The form of the final answer, the same in every request. */
export const REPORT_SCHEMA = strictSchema(z.toJSONSchema(draftSchema));
