export type ModelErrorCode =
  | "auth"
  | "quota"
  | "rate_limited"
  | "filtered"
  | "bad_response"
  | "unreachable"
  | "aborted";

export interface ModelErrorDetails {
  /** The least time to wait before another attempt, as the provider says. */
  readonly retryAfterMs?: number | undefined;
  /** Another attempt would end alike, whatever the code says. */
  readonly final?: boolean;
  readonly cause?: unknown;
}

/** Why a model gave no turn. The message is safe to show: it holds neither key nor prompt. */
export class ModelError extends Error {
  readonly code: ModelErrorCode;
  readonly retryAfterMs: number | undefined;
  readonly final: boolean;

  constructor(code: ModelErrorCode, message: string, details: ModelErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = "ModelError";
    this.code = code;
    this.retryAfterMs = details.retryAfterMs;
    this.final = details.final ?? FINAL.has(code);
  }
}

const FINAL: ReadonlySet<ModelErrorCode> = new Set(["auth", "quota", "filtered", "aborted"]);
