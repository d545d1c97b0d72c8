import type { TurnUsage } from "@sre-agent/crds";
import type { Metrics } from "@sre-agent/frame";
import { FINISHES } from "./finish.ts";
import { MODEL_ERROR_CODES, type ModelError, type ModelErrorCode } from "./model-error.ts";
import type { Reply } from "./wire.ts";

const OUTCOMES = ["ok", ...MODEL_ERROR_CODES] as const;
const TYPES = ["input", "cached_input", "output", "reasoning"] as const;
const BUCKETS = [0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128] as const;
const MICRO = 1_000_000;

/** Counts the requests of a model. Labels are closed sets. */
export interface ModelMetrics {
  answered(reply: Reply, seconds: number): void;
  /** `usage`: what the provider said it took all the same. */
  failed(code: ModelErrorCode, seconds: number, usage?: TurnUsage): void;
  retried(error: ModelError): void;
}

export function modelMetrics(metrics: Metrics): ModelMetrics {
  const duration = metrics.histogram({
    name: "sre_agent_model_request_duration_seconds",
    help: "Requests of the model, with the wait for a free place.",
    ...{ labels: { outcome: OUTCOMES }, buckets: BUCKETS },
  });
  const tokens = metrics.counter({
    name: "sre_agent_model_tokens_total",
    help: "Tokens as the provider counts them; cached_input is a part of input, reasoning a part of output.",
    labels: { type: TYPES },
  });
  const cost = metrics.counter({
    ...{ name: "sre_agent_model_cost_usd_total", help: "Money by the configured prices.", labels: {} },
  });
  const finishes = metrics.counter({
    ...{ name: "sre_agent_model_finishes_total", help: "Replies by why they ended.", labels: { reason: FINISHES } },
  });
  const retries = metrics.counter({
    name: "sre_agent_model_retries_total",
    help: "Repeated requests by what failed before.",
    labels: { reason: MODEL_ERROR_CODES },
  });
  const took = (usage: TurnUsage) => {
    tokens.increment({ type: "input" }, usage.inputTokens);
    tokens.increment({ type: "cached_input" }, usage.cachedInputTokens ?? 0);
    tokens.increment({ type: "output" }, usage.outputTokens);
    cost.increment({}, (usage.costMicroUsd ?? 0) / MICRO);
  };
  return {
    answered({ turn: { usage }, finish, reasoningTokens }, seconds) {
      duration.observe({ outcome: "ok" }, seconds);
      finishes.increment({ reason: finish });
      tokens.increment({ type: "reasoning" }, reasoningTokens);
      took(usage);
    },
    failed(outcome, seconds, usage) {
      duration.observe({ outcome }, seconds);
      if (usage !== undefined) took(usage);
    },
    retried: ({ code }) => retries.increment({ reason: code }),
  };
}
