import { GEN_AI, inSpan, OPERATIONS } from "@sre-agent/frame";
import type { Content } from "../content.ts";
import { modelFailure } from "./failure.ts";
import type { ModelMetrics } from "./model-metrics.ts";
import type { ModelObserver } from "./take-turn.ts";
import type { Reply } from "./wire.ts";

export interface ObserveOptions {
  readonly model: string | undefined;
  readonly baseUrl: string | undefined;
  /** Absent: nothing is counted. */
  readonly metrics?: ModelMetrics;
  /** Absent: no words of the model stand in spans. */
  readonly content?: Content | undefined;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/** A span and the counters around each request of a model. */
export function observeModel({ model = "", baseUrl, metrics, content, now }: ObserveOptions): ModelObserver {
  const attributes = {
    [GEN_AI.operation]: OPERATIONS.chat,
    [GEN_AI.provider]: providerAt(baseUrl),
    [GEN_AI.requestModel]: model,
  };
  return {
    request: (request) =>
      inSpan(`${OPERATIONS.chat} ${model}`, { kind: "client", attributes }, async (span) => {
        const started = now();
        const seconds = () => Math.max(0, now() - started) / 1_000;
        try {
          const reply = await request();
          metrics?.answered(reply, seconds());
          span.set({ ...answerAttributes(reply), ...contentAttributes(reply, content) });
          return reply;
        } catch (error) {
          const { code, usage } = modelFailure(error, now());
          metrics?.failed(code, seconds(), usage);
          span.fail(code);
          throw error;
        }
      }),
    retried: (error) => metrics?.retried(error),
  };
}

function providerAt(baseUrl: string | undefined): string {
  return /^https:\/\/[^/]+\.azure\.(com|us|cn)(\/|$)/.test(baseUrl ?? "") ? "azure.ai.openai" : "openai";
}

function answerAttributes({ turn: { usage }, finish, reasoningTokens }: Reply) {
  return {
    [GEN_AI.finishReasons]: [finish],
    [GEN_AI.inputTokens]: usage.inputTokens,
    [GEN_AI.cachedInputTokens]: usage.cachedInputTokens ?? 0,
    [GEN_AI.outputTokens]: usage.outputTokens,
    [GEN_AI.reasoningTokens]: reasoningTokens,
  };
}

function contentAttributes({ turn: { text, report } }: Reply, content: Content | undefined) {
  const words = text ?? (report === undefined ? undefined : JSON.stringify(report));
  return content === undefined || words === undefined ? {} : { [GEN_AI.outputMessages]: content(words) };
}
