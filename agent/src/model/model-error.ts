export const MODEL_ERROR_CODES = [
  "auth",
  "quota",
  "rate_limited",
  "filtered",
  "bad_response",
  "unreachable",
  "aborted",
] as const;
export type ModelErrorCode = (typeof MODEL_ERROR_CODES)[number];

export interface ModelErrorDetails {
  /** The least time to wait before another attempt, as the provider says. */
  readonly retryAfterMs?: number | undefined;
  /** Another attempt would end alike, whatever the code says. */
  readonly final?: boolean;
  /** The model takes tools on the Responses API only. */
  readonly needsResponses?: boolean;
  readonly cause?: unknown;
}

/** Why a model gave no turn. The message is safe to show: it holds neither key nor prompt. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly final: boolean;
  readonly needsResponses: boolean;

  constructor(code: ModelErrorCode, message: string, details: ModelErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "ModelError";
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
    this.needsResponses = details.needsResponses ?? false;
    this.final = details.final ?? FINAL.has(code);
  }
}

const FINAL: ReadonlySet<ModelErrorCode> = new Set(["auth", "quota", "filtered", "aborted"]);
