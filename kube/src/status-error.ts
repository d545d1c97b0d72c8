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

const NO_API_SERVER =
  "What answers there does not speak as an API server: check the server's address in the kubeconfig, http or https too.";

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
  const message = status.message ?? (answer.body.slice(0, 500).trim() || `status ${answer.status}`);
  return new KubeError(`${answer.what}: ${message}`, {
    code: codeOf(answer.status, status),
    status: answer.status,
    causes: causesOf(status),
    ...(status.reason === undefined ? {} : { reason: status.reason }),
    ...("status" in status || answer.status >= 500 ? {} : { nextStep: NO_API_SERVER }),
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
  const { message = String(error), name, code = "" } = error as Error & { readonly code?: string };
  const known = FAILURES.find(({ codes }) => codes.test(code));
  return new KubeError(`The API server ${server} ${known?.says ?? "cannot be reached"} (${message || name}).`, {
    code: "UNREACHABLE",
    cause: error,
    ...(known === undefined ? {} : { nextStep: known.nextStep }),
  });
}

/** Failures before a request is sent that are of no network: who looks at cables would look in the wrong place. */
const FAILURES = [
  {
    codes: /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/,
    says: "has a certificate that is not trusted",
    nextStep: "Give its authority as certificate-authority-data in the kubeconfig, or its name as tls-server-name.",
  },
  {
    codes: /^(ERR_OSSL_|ENOENT$|EACCES$|EISDIR$)/,
    says: "cannot be asked, for a certificate or key of ours cannot be read",
    nextStep: "Correct the certificates and the key that the kubeconfig, or the pod, has.",
  },
] as const;
