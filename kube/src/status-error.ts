import { KubeError, type KubeErrorCode } from "./error.ts";

/** The part of metav1.Status that a failure carries. */
interface Status {
  readonly message?: string;
  readonly reason?: string;
  readonly details?: {
    readonly retryAfterSeconds?: number;
    readonly causes?: readonly { readonly field?: string; readonly message?: string }[];
  };
}

export interface FailedAnswer {
  /** HTTP status, or `code` of a Status object inside a watch. */
  readonly status: number;
  readonly body: string;
  readonly retryAfter?: string | undefined;
  /** The call, for a person: `GET /api/v1/pods`. */
  readonly what: string;
}

const CODES: Readonly<Record<number, KubeErrorCode>> = {
  400: "INVALID",
  401: "UNAUTHORIZED",
  403: "FORBIDDEN",
  404: "NOT_FOUND",
  409: "CONFLICT",
  410: "GONE",
  413: "TOO_LARGE",
  415: "INVALID",
  422: "INVALID",
  429: "TOO_MANY_REQUESTS",
  504: "TIMEOUT",
};

/** The KubeError for an answer that is no success. */
export function errorOfAnswer(answer: FailedAnswer): KubeError {
  const status = parseStatus(answer.body);
  const retryAfterMs = retryAfterOf(answer.retryAfter, status);
  const message = status.message ?? (answer.body.slice(0, 500) || `status ${answer.status}`);
  return new KubeError(`${answer.what}: ${message}`, {
    code: codeOf(answer.status, status),
    status: answer.status,
    causes: causesOf(status),
    ...(status.reason === undefined ? {} : { reason: status.reason }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

function codeOf(httpStatus: number, status: Status): KubeErrorCode {
  if (status.reason === "AlreadyExists") return "ALREADY_EXISTS";
  if (status.reason === "Expired" || status.reason === "Gone") return "GONE";
  // etcd's own limit comes as a 500 whose only mark is the text.
  if (httpStatus === 500 && status.message?.includes("request is too large")) return "TOO_LARGE";
  return CODES[httpStatus] ?? "SERVER_ERROR";
}

function causesOf(status: Status): readonly string[] {
  return (status.details?.causes ?? []).map(({ field, message }) => [field, message].filter(Boolean).join(": "));
}

function retryAfterOf(header: string | undefined, status: Status): number | undefined {
  const seconds = header === undefined ? status.details?.retryAfterSeconds : Number(header);
  return seconds !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function parseStatus(body: string): Status {
  try {
    const parsed: unknown = JSON.parse(body);
    return parsed !== null && typeof parsed === "object" && "status" in parsed ? (parsed as Status) : {};
  } catch {
    return {};
  }
}

/** The KubeError for a call that got no answer at all. */
export function errorOfFailure(error: unknown, server: string): KubeError {
  if (error instanceof KubeError) return error;
  const text = error instanceof Error ? error.message || error.name : String(error);
  const next = "Check that the cluster runs and that this machine may reach it.";
  return new KubeError(`The API server ${server} cannot be reached (${text}). ${next}`, {
    code: "UNREACHABLE",
    cause: error,
  });
}
