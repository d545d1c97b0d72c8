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
  /** With `rate_limited`: the least time to wait. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Why a model gave no turn. The message is safe to show: it holds neither key nor prompt. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ModelErrorCode, message: string, details: ModelErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "ModelError";
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
  }
}
