import { APIConnectionError, APIConnectionTimeoutError, APIUserAbortError } from "openai";
import { ModelError } from "./model-error.ts";

/** Codes with which Node, undici and zlib say that a connection, or a body on its way, broke. */
const NETWORK = new Set([
  ...["ECONNABORTED", "ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "ENOTFOUND", "EAI_AGAIN", "EPROTO"],
  ...["EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ENETRESET"],
  ...["UND_ERR_SOCKET", "UND_ERR_ABORTED", "UND_ERR_CONNECT_TIMEOUT", "UND_ERR_HEADERS_TIMEOUT"],
  ...["UND_ERR_BODY_TIMEOUT", "UND_ERR_RES_CONTENT_LENGTH_MISMATCH", "UND_ERR_HEADERS_OVERFLOW"],
  ...["ERR_STREAM_PREMATURE_CLOSE", "Z_BUF_ERROR", "Z_DATA_ERROR"],
]);
/** undici puts the broken socket into the cause of its error, the SDK that error into the cause of its own. */
const MAX_CAUSES = 4;

/** What the SDK and the network throw when there is no answer to read, as ModelError; everything else as it is. */
export function orNoAnswer(error: unknown): unknown {
  if (error instanceof SyntaxError) {
    return new ModelError("bad_response", "The model's reply is no JSON.", { cause: error });
  }
  if (error instanceof APIUserAbortError) {
    return new ModelError("aborted", "The call of the model was cancelled.", { cause: error });
  }
  if (!(error instanceof APIConnectionError || isOfNetwork(error))) return error;
  return new ModelError("unreachable", `The model's endpoint gave no answer${reasonOf(error)}.`, { cause: error });
}

function isOfNetwork(error: unknown): boolean {
  return codesOf(error).some((code) => NETWORK.has(code));
}

/** What a person can look at, for the codes that are seen when something is misconfigured. */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(ENOTFOUND|EAI_AGAIN)$/, "its host name is not known here"],
  [/^ECONNREFUSED$/, "nothing listens at its address"],
  [/^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT|E(HOST|NET)(DOWN|UNREACH))$/, "its address cannot be reached from here"],
  [/CERT|SELF_SIGNED|UNABLE_TO_VERIFY|^ERR_(SSL|TLS)_/, "its certificate is not trusted"],
];

function reasonOf(error: unknown): string {
  if (error instanceof APIConnectionTimeoutError) return " in time";
  const codes = codesOf(error);
  for (const [pattern, reason] of REASONS) {
    const code = codes.find((each) => pattern.test(each));
    if (code !== undefined) return `: ${reason} (${code})`;
  }
  return isRedirect(error) ? ": it answers with a redirect, which is not followed" : "";
}

/** undici has words for it, and no code. */
function isRedirect(error: unknown, causes = MAX_CAUSES): boolean {
  if (!(error instanceof Error) || causes === 0) return false;
  return error.message === "unexpected redirect" || isRedirect(error.cause, causes - 1);
}

function codesOf(error: unknown, causes = MAX_CAUSES): readonly string[] {
  if (!(error instanceof Error) || causes === 0) return [];
  const code: unknown = Reflect.get(error, "code");
  return [...(typeof code === "string" ? [code] : []), ...codesOf(error.cause, causes - 1)];
}
