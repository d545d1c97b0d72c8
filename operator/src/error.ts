/** Why the operator could not go on; closed, so that callers branch on it and not on text. */
export type OperatorErrorCode =
  /** The agent cannot be reached, is overloaded, or gave an answer that breaks the contract: trying again may help. */
  | "AGENT_UNAVAILABLE"
  /** The agent refuses this very request: trying again changes nothing. */
  | "AGENT_REFUSED"
  /** Stored chunks do not form an unbroken chain. */
  | "TRANSCRIPT_BROKEN"
  /** The journal has grown beyond what one call to the agent may carry. */
  | "JOURNAL_TOO_LARGE";

export interface OperatorErrorDetails {
  readonly code: OperatorErrorCode;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error class of this workspace. `message` is for a person. */
export class OperatorError extends Error {
  readonly code: OperatorErrorCode;
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: OperatorErrorDetails) {
    super(message, { cause: details.cause });
    this.name = "OperatorError";
    this.code = details.code;
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** True when `error` is an OperatorError, with one of `codes` if any are given. */
export function isOperatorError(error: unknown, ...codes: readonly OperatorErrorCode[]): error is OperatorError {
  return error instanceof OperatorError && (codes.length === 0 || codes.includes(error.code));
}
