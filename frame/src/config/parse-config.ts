import type { z } from "zod";
import { nearestName } from "./nearest-name.ts";

/** Environment variables by name, as `process.env` has them. */
export type Environment = Readonly<Record<string, string | undefined>>;

export interface ConfigFault {
  readonly variable: string;
  readonly message: string;
}

export type ParsedConfig<Config> =
  | { readonly ok: true; readonly config: Readonly<Config> }
  | { readonly ok: false; readonly faults: readonly ConfigFault[] };

export interface ParseConfigOptions {
  /** A variable that starts with one of these and is no key of the schema is a fault. */
  readonly prefixes?: readonly string[];
  /** Names with our prefix that belong to another process sharing this environment. */
  readonly alsoLegal?: readonly string[];
}

/** What the kubelet adds to a pod for every Service: no one typed it, so it is no typing error. */
const SERVICE_LINK =
  /_(SERVICE_HOST|SERVICE_PORT|SERVICE_PORT_[A-Z0-9_]+|PORT_\d+_(TCP|UDP|SCTP)(_PROTO|_PORT|_ADDR)?)$/;
const SERVICE_URL = /^(tcp|udp|sctp):\/\//;

function isServiceLink(name: string, value: string): boolean {
  return SERVICE_LINK.test(name) || (name.endsWith("_PORT") && SERVICE_URL.test(value));
}

/** Empty means unset, so that `X=` in a manifest falls back to the default instead of being a strange value. */
function setValue(environment: Environment, name: string): string | undefined {
  const value = environment[name];
  return value === "" ? undefined : value;
}

function unknownVariables(names: readonly string[], environment: Environment, options: ParseConfigOptions) {
  const prefixes = options.prefixes ?? [];
  const known = new Set([...names, ...(options.alsoLegal ?? [])]);
  return Object.entries(environment).flatMap(([name, value = ""]): ConfigFault[] => {
    const ours = prefixes.some((prefix) => name.startsWith(prefix));
    if (!ours || known.has(name) || value === "" || isServiceLink(name, value)) return [];
    const nearest = nearestName(name, names);
    const hint = nearest === undefined ? "" : `; did you mean ${nearest}?`;
    return [{ variable: name, message: `no such setting${hint}` }];
  });
}

/**
 * Reads a process's settings once. The schema's keys are the variable names; every fault is reported, not only the
 * first. Never throws for bad input and never repeats a value in a message, because a value may be a secret.
 */
export function parseConfig<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  environment: Environment,
  options: ParseConfigOptions = {},
): ParsedConfig<z.output<z.ZodObject<Shape>>> {
  const names = Object.keys(schema.shape);
  const values = Object.fromEntries(names.map((name) => [name, setValue(environment, name)]));
  // Once in a process: to compile a parser for it would cost more than it saves.
  const parsed = schema.safeParse(values, { jitless: true });
  const unknown = unknownVariables(names, environment, options);
  if (parsed.success && unknown.length === 0) return { ok: true, config: Object.freeze(parsed.data) };
  const issues = parsed.success ? [] : parsed.error.issues;
  const faults = issues.map((issue): ConfigFault => {
    const name = String(issue.path[0] ?? "");
    const missing = issue.code !== "custom" && name in values && values[name] === undefined;
    return { variable: name, message: missing ? "is required" : issue.message };
  });
  return { ok: false, faults: [...faults, ...unknown] };
}

/** One line for each fault, for a person at a terminal. */
export function formatFaults(faults: readonly ConfigFault[]): string {
  const lines = faults.map(({ variable, message }) => (variable === "" ? `  ${message}` : `  ${variable}: ${message}`));
  const count = faults.length === 1 ? "1 setting is" : `${faults.length} settings are`;
  return [`${count} wrong:`, ...lines].join("\n");
}
