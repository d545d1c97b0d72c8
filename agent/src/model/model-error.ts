import type { TurnUsage } from "@sre-agent/crds";

export const MODEL_ERROR_CODES = [
  "auth",
  "quota",
  "rate_limited",
  "filtered",
  "bad_response",
  "unreachable",
  "aborted",
  "internal",
] as const;
export type ModelErrorCode = (typeof MODEL_ERROR_CODES)[number];

export interface ModelErrorDetails {
  /** The least time to wait before another attempt, as the provider says. */
  readonly retryAfterMs?: number | undefined;
  /** Another attempt would end alike, whatever the code says. */
  readonly final?: boolean;
  /** The model takes tools on the Responses API only. */
  readonly needsResponses?: boolean;
  /** What the attempts took, as far as the provider said it. */
  readonly usage?: TurnUsage | undefined;
  readonly cause?: unknown;
}

/** Why a model gave no turn. The message is safe to show: it holds neither key nor prompt. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly final: boolean;
  readonly needsResponses: boolean;
  readonly usage: TurnUsage | undefined;

  constructor(code: ModelErrorCode, message: string, details: ModelErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "ModelError";
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
    this.needsResponses = details.needsResponses ?? false;
    this.final = details.final ?? FINAL.has(code);
    this.usage = details.usage;
  }

  /** The same failure, with what it took. */
  withUsage(usage: TurnUsage | undefined): ModelError {
    const { code, message, retryAfterMs, needsResponses, final, cause } = this;
    return new ModelError(code, message, { retryAfterMs, needsResponses, final, cause, usage });
  }
}

const FINAL: ReadonlySet<ModelErrorCode> = new Set(["auth", "quota", "filtered", "aborted", "internal"]);
