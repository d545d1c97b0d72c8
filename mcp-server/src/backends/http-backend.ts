/** What a backend answered, or a sentence about why it did not. */
type BackendAnswer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly message: string };

/** A server beside the cluster that answers queries with JSON. */
export interface Backend {
  /** Never rejects; a failure is a sentence. */
  get(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<BackendAnswer>;
}

export interface BackendOptions {
  /** For people: `Prometheus`. */
  readonly name: string;
  readonly url: string;
  /** Read anew for each request, so that a rotated token needs no restart. */
  readonly token?: () => string;
  readonly headers?: Readonly<Record<string, string>>;
}

const TIMEOUT_MS = 10_000;
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_MESSAGE = 300;

export function createBackend({ name, url, token, headers = {} }: BackendOptions): Backend {
  return {
    async get(path, query, signal) {
      try {
        const target = new URL(`${url.replace(/\/$/, "")}${path}?${new URLSearchParams(query)}`);
        const authorization = token === undefined ? {} : { authorization: `Bearer ${token()}` };
        const response = await fetch(target, {
          headers: { accept: "application/json", ...headers, ...authorization },
          // A redirect could carry the token elsewhere.
          redirect: "error",
          signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
        });
        const body = await boundedText(response);
        if (!response.ok) return failed(name, `${response.status} ${errorIn(body)}`);
        return { ok: true, value: JSON.parse(body) };
      } catch (error) {
        return failed(name, reasonOf(error));
      }
    },
  };
}

const failed = (name: string, why: string): BackendAnswer => ({
  ok: false,
  message: `${name} did not answer: ${why.slice(0, MAX_MESSAGE)}.`,
});

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === "TimeoutError") return `nothing came within ${TIMEOUT_MS / 1000} s`;
  const { cause } = error;
  return cause instanceof Error ? cause.message : error.message;
}

/** Both backends explain a refusal in plain text or in a member `error`. */
function errorIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown };
    return typeof error === "string" ? error : "";
  } catch {
    return body.trim();
  }
}

async function boundedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) throw new RangeError(`the answer is larger than ${MAX_BYTES} bytes; ask for less`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}
