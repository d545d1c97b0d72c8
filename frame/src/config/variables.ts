import { z } from "zod";
import { LOG_LEVELS } from "../log-level.ts";
import { formatDuration, parseDuration } from "./duration.ts";

/** Name under which a variable's type stands in the metadata, for `describeConfig`. */
export const TYPE_KEY = "variableType";
/** Likewise the values that are allowed, where they are a range. */
export const RANGE_KEY = "variableRange";

interface Kind<T> {
  /** What the documentation calls it. */
  readonly type: string;
  /** The first and the last value allowed, as one would write them. */
  readonly range?: string;
  /** Completes "expected …". The value itself is never repeated: it may be a secret in the wrong place. */
  readonly expected: string;
  /** undefined = not of this kind. */
  readonly parse: (text: string) => T | undefined;
}

function variable<T>(kind: Kind<T>) {
  return z
    .string()
    .transform((text, context): T => {
      const value = kind.parse(text);
      if (value !== undefined) return value;
      context.addIssue({ code: "custom", message: `expected ${kind.expected}` });
      return z.NEVER;
    })
    .meta({ [TYPE_KEY]: kind.type, [RANGE_KEY]: kind.range });
}

function within(value: number, bounds: { readonly min: number; readonly max: number }): number | undefined {
  return value >= bounds.min && value <= bounds.max ? value : undefined;
}

/** A whole number in decimal digits within inclusive bounds. */
export function integerVariable(bounds: { readonly min: number; readonly max: number }) {
  const range = `${bounds.min} to ${bounds.max}`;
  return variable({
    ...{ type: "integer", range, expected: `a whole number from ${range}` },
    parse: (text) => (/^-?\d{1,15}$/.test(text) ? within(Number(text), bounds) : undefined),
  });
}

/** A decimal number (`0.25`) within inclusive bounds. */
export function numberVariable(bounds: { readonly min: number; readonly max: number }) {
  const range = `${bounds.min} to ${bounds.max}`;
  return variable({
    ...{ type: "number", range, expected: `a number from ${range}` },
    parse: (text) => (/^-?\d{1,15}(\.\d{1,15})?$/.test(text) ? within(Number(text), bounds) : undefined),
  });
}

/** A TCP port to listen on or connect to; 0 lets the system choose. */
export function portVariable() {
  return variable({
    type: "port",
    expected: "a port from 0 to 65535",
    parse: (text) => (/^\d{1,5}$/.test(text) ? within(Number(text), { min: 0, max: 65_535 }) : undefined),
  });
}

/** Exactly `true` or `false`. */
export function booleanVariable() {
  return variable({
    type: "boolean",
    expected: "true or false",
    parse: (text) => (text === "true" || text === "false" ? text === "true" : undefined),
  });
}

/** A duration with its unit (`15s`), as milliseconds within inclusive bounds. */
export function durationVariable(bounds: { readonly minMs: number; readonly maxMs: number }) {
  const range = `${formatDuration(bounds.minMs)} to ${formatDuration(bounds.maxMs)}`;
  return variable({
    ...{ type: "duration", range, expected: `a duration from ${range}, such as 15s, 2m or 1h` },
    parse: (text) => within(parseDuration(text) ?? Number.NaN, { min: bounds.minMs, max: bounds.maxMs }),
  });
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function parseUrl(text: string, accept: (url: URL) => boolean): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const acceptable = url !== undefined && url.username === "" && url.password === "" && url.hash === "" && accept(url);
  return acceptable ? url.href : undefined;
}

/** `https://…` anywhere, or `http://…` to this machine; without credentials or fragment. The normalised URL as text. */
export function httpsOrLoopbackUrlVariable() {
  return variable({
    type: "url",
    expected: "an https URL (http only for localhost) without credentials or fragment",
    parse: (text) =>
      parseUrl(
        text,
        ({ protocol, hostname }) => protocol === "https:" || (protocol === "http:" && LOOPBACK.test(hostname)),
      ),
  });
}

/** `http://…` or `https://…`, for peers inside the cluster; without credentials or fragment. The normalised URL as text. */
export function httpUrlVariable() {
  return variable({
    type: "url",
    expected: "an http or https URL without credentials or fragment",
    parse: (text) => parseUrl(text, ({ protocol }) => protocol === "https:" || protocol === "http:"),
  });
}

/** `redis://…` or `rediss://…` (TLS), with credentials where the Redis asks for them. The URL as text. */
export function redisUrlVariable() {
  const isRedis = (text: string) => URL.canParse(text) && /^rediss?:$/.test(new URL(text).protocol);
  return variable({
    type: "url",
    expected: "a redis or rediss URL",
    parse: (text) => (isRedis(text) && new URL(text).hostname !== "" ? text : undefined),
  });
}

/** `a,b,c`: at most 256 items, trimmed, none empty, none twice. */
export function csvVariable() {
  return variable<readonly string[]>({
    type: "list",
    expected: "a comma-separated list without empty or repeated items",
    parse: (text) => {
      const items = text.split(",").map((item) => item.trim());
      const clean = items.length <= 256 && !items.includes("") && new Set(items).size === items.length;
      return clean ? items : undefined;
    },
  });
}

/** One of a closed set of words. */
export function choiceVariable<const Choices extends readonly [string, ...string[]]>(choices: Choices) {
  return z
    .enum(choices, { error: `expected one of ${choices.join(", ")}` })
    .meta({ [TYPE_KEY]: choices.join(" \\| ") });
}

/** `debug`, `info`, `warn` or `error`. */
export function logLevelVariable() {
  return choiceVariable(LOG_LEVELS);
}

/** A path on this machine; that it exists is for whoever opens it to say. */
export function filePathVariable() {
  return variable({
    type: "path",
    expected: "a file path of at most 4096 characters",
    parse: (text) => (text.length <= 4096 && !text.includes("\0") ? text : undefined),
  });
}

/** Any text of 1 to `maxLength` characters (1024 when not said). */
export function textVariable(options: { readonly maxLength?: number } = {}) {
  const maxLength = options.maxLength ?? 1024;
  return variable({
    type: "text",
    expected: `text of at most ${maxLength} characters`,
    parse: (text) => (text.length <= maxLength ? text : undefined),
  });
}
