export interface HttpErrorDetails {
  /** 0 when no answer came. */
  readonly status: number;
  /** This client's UNREACHABLE, TIMEOUT, ABORTED, TOO_LARGE or MALFORMED_ANSWER; else the server's own, or `HTTP_<status>`. */
  readonly code: string;
  readonly detail: string;
  /** Least time to wait before trying again. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** A call over HTTP that gave no usable answer. Its text is the other side's or the network's: treat it as data. */
export class HttpError extends Error {
  readonly status: number;
  readonly code: string;
  readonly detail: string;
  readonly retryAfterMs: number | undefined;

  constructor(url: string, details: HttpErrorDetails) {
    super(`POST ${url}: ${details.code}: ${details.detail}`, { cause: details.cause });
    this.name = "HttpError";
    this.status = details.status;
    this.code = details.code;
    this.detail = details.detail;
    this.retryAfterMs = details.retryAfterMs;
  }
}
