/** Why a call to the API server failed; closed, so that callers branch on it and not on text. */
export type KubeErrorCode =
  | "NO_KUBECONFIG"
  | "UNKNOWN_KIND"
  | "UNREACHABLE"
  | "TIMEOUT"
  | "ABORTED"
  | "UNAUTHORIZED"
  | "FORBIDDEN"
  | "NOT_FOUND"
  | "ALREADY_EXISTS"
  | "CONFLICT"
  | "GONE"
  | "INVALID"
  | "TOO_MANY_REQUESTS"
  | "TOO_LARGE"
  | "SERVER_ERROR";

export interface KubeErrorDetails {
  readonly code: KubeErrorCode;
  /** HTTP status, when an answer came. */
  readonly status?: number;
  /** `reason` of the API server's Status object. */
  readonly reason?: string;
  readonly retryAfterMs?: number;
  /** `field: message` for each field that the API server refused; empty for a failed `test` operation. */
  readonly causes?: readonly string[];
  readonly cause?: unknown;
  /** What a person can do, where the code alone does not say it. */
  readonly nextStep?: string;
}

/** The one error class of this workspace. `message` is for a person. */
export class KubeError extends Error {
  readonly code: KubeErrorCode;
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly retryAfterMs: number | undefined;
  readonly causes: readonly string[];
  readonly nextStep: string | undefined;

  constructor(message: string, details: KubeErrorDetails) {
    super(message, { cause: details.cause });
    this.name = "KubeError";
    this.code = details.code;
    this.status = details.status;
    this.reason = details.reason;
    this.retryAfterMs = details.retryAfterMs;
    this.causes = details.causes ?? [];
    this.nextStep = details.nextStep;
  }
}

/** True when `error` is a KubeError, with one of `codes` if any are given. */
export function isKubeError(error: unknown, ...codes: readonly KubeErrorCode[]): error is KubeError {
  return error instanceof KubeError && (codes.length === 0 || codes.includes(error.code));
}
