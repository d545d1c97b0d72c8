import type { Problem } from "./problem.ts";

const BODY_PROBLEMS: Readonly<Record<string, Problem>> = {
  "entity.too.large": { status: 413, code: "BODY_TOO_LARGE", title: "The body is too large." },
  "charset.unsupported": { status: 415, code: "UNSUPPORTED_CHARSET", title: "The body must be UTF-8." },
  "encoding.unsupported": {
    status: 415,
    code: "UNSUPPORTED_ENCODING",
    title: "The content encoding is not supported.",
  },
  "request.aborted": { status: 400, code: "BODY_INCOMPLETE", title: "The body ended too early." },
  "request.size.invalid": { status: 400, code: "BODY_INCOMPLETE", title: "The body is not as long as announced." },
};

function textMember(error: object, name: string): string | undefined {
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : undefined;
}

const MAX_SEARCHED = 65_536;

function prefixIsSound(prefix: string): boolean {
  try {
    JSON.parse(prefix);
    return true;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // A fault at the very end only says that more has to come.
    const position = /at position (\d+)/.exec(error.message)?.[1];
    return position === undefined ? error.message.startsWith("Unexpected end") : Number(position) >= prefix.length;
  }
}

/** Index of the first character that cannot continue the text as JSON. V8 says it only in some messages. */
export function jsonFaultPosition(text: string): number | undefined {
  if (text.length > MAX_SEARCHED) return undefined;
  let sound = 0;
  let broken = text.length + 1;
  while (broken - sound > 1) {
    const middle = Math.floor((sound + broken) / 2);
    if (middle <= text.length && prefixIsSound(text.slice(0, middle))) sound = middle;
    else broken = middle;
  }
  return sound;
}

function malformedJson(error: object): Problem {
  const position = jsonFaultPosition(textMember(error, "body") ?? "");
  // The parser's own message is not passed on: it quotes the body, which may hold a secret.
  const where = position === undefined ? "" : ` The first fault is at position ${position}.`;
  return {
    status: 400,
    code: "MALFORMED_JSON",
    title: "The body is not JSON.",
    detail: `Send one JSON value.${where}`,
  };
}

function bodyProblem(error: object): Problem | undefined {
  const type = textMember(error, "type");
  if (type === "entity.parse.failed") return malformedJson(error);
  const known = type === undefined ? undefined : BODY_PROBLEMS[type];
  const limit: unknown = Reflect.get(error, "limit");
  if (known?.status !== 413 || typeof limit !== "number") return known;
  return { ...known, detail: `At most ${limit} bytes are accepted.` };
}

/** What a client is told about an error that a route threw. Unknown errors say nothing of themselves unless `debug`. */
export function problemOf(error: unknown, options: { readonly debug: boolean }): Problem {
  const known = typeof error === "object" && error !== null ? bodyProblem(error) : undefined;
  if (known !== undefined) return known;
  if (error instanceof URIError) return { status: 400, code: "MALFORMED_PATH", title: "The path is not valid." };
  const detail = options.debug && error instanceof Error ? (error.stack ?? error.message) : undefined;
  const problem = { status: 500, code: "INTERNAL", title: "The request failed inside the server." };
  return detail === undefined ? problem : { ...problem, detail };
}
