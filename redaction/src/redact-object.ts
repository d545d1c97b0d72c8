import { hidden, isPlainValue } from "./plain-value.ts";
import { placeholder, type RedactOptions, redact } from "./redact.ts";
import { hidesNumbers, isSecretName, isSecretValue } from "./secrets/secret-name.ts";

type Json = Readonly<Record<string, unknown>>;

interface Walk {
  readonly options: RedactOptions;
  readonly depth: number;
  /** Of the object that is walked; items of a list have none of their own. */
  readonly kind: string | undefined;
}

const MAX_DEPTH = 64;
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
const ALREADY_HIDDEN = /^<hidden(?:: \d+ chars)?>$/;

function isRecord(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hide(value: unknown): unknown {
  if (typeof value !== "string") return isRecord(value) || Array.isArray(value) ? "<hidden>" : value;
  return ALREADY_HIDDEN.test(value) ? value : hidden(value);
}

/** A named setting: shown when plain, unless its name says that even a number is a secret. */
function setting(name: string, value: unknown): unknown {
  return typeof value === "string" && isPlainValue(name, value) && !hidesNumbers(name) ? value : hide(value);
}

function mapValues(value: unknown, each: (name: string, item: unknown) => unknown): unknown {
  if (!isRecord(value)) return hide(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, each(name, item)]));
}

function environment(value: unknown, walk: Walk): unknown {
  if (!Array.isArray(value)) return mapValues(value, setting);
  return value.map((entry: unknown) => {
    if (!isRecord(entry) || !("value" in entry)) return walkValue(entry, walk);
    return { ...walkRecord(entry, walk), value: setting(String(entry["name"]), entry["value"]) };
  });
}

const FLAG = /^--?([A-Za-z0-9-]{1,80})$/;

/** An argument list: the value after a bare `--password` is a secret whatever it looks like. */
function commandLine(value: unknown, walk: Walk): unknown {
  if (!Array.isArray(value)) return walkValue(value, walk);
  return value.map((item: unknown, index) => {
    const before: unknown = value[index - 1];
    const flag = typeof before === "string" ? FLAG.exec(before)?.[1] : undefined;
    if (typeof item !== "string") return walkValue(item, walk);
    const named = flag === undefined || item.startsWith("-") ? undefined : secretMember(flag, item, walk);
    return named ?? inItsLine(item, value.slice(Math.max(0, index - LINE_WORDS), index), walk);
  });
}

/** Words before an argument that may say what it is: `redis-cli -h cache -a hunter2`. */
const LINE_WORDS = 8;

/** An argument redacted as what it is in the line that the list makes. */
function inItsLine(argument: string, before: readonly unknown[], { options }: Walk): string {
  if (/\s/.test(argument)) return redact(argument, options).text;
  const line = [...before.filter((word) => typeof word === "string"), argument].join(" ");
  const { text } = redact(line, options);
  return text.slice(text.lastIndexOf(" ") + 1);
}

/** The placeholder for a string or number whose member name says secret; undefined when it is none. */
function secretMember(name: string, value: unknown, { options }: Walk): string | undefined {
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const text = String(value);
  if (!isSecretName(name) || !isSecretValue(text, name) || ALREADY_HIDDEN.test(text)) return undefined;
  return redact(text, options).text.startsWith("<redacted:")
    ? redact(text, options).text
    : placeholder("member", text, options);
}

/** ConfigMap rules also hold for an object whose kind was projected away: what is unknown is not shown. */
function dataMember(value: unknown, walk: Walk): unknown {
  if (walk.kind === "Secret") return mapValues(value, (_name, item) => hide(item));
  if (walk.kind === "ConfigMap" || walk.kind === undefined)
    return isRecord(value) ? mapValues(value, setting) : walkValue(value, walk);
  return walkValue(value, walk);
}

/** Members with a rule of their own, by name. */
const MEMBERS: Readonly<Record<string, (value: unknown, walk: Walk) => unknown>> = {
  data: dataMember,
  binaryData: (value) => mapValues(value, (_name, item) => hide(item)),
  stringData: (value) => mapValues(value, (_name, item) => hide(item)),
  env: environment,
  args: commandLine,
  command: commandLine,
  [LAST_APPLIED]: hide,
};

function member(name: string, value: unknown, walk: Walk): unknown {
  if (Object.hasOwn(MEMBERS, name)) return MEMBERS[name]?.(value, walk);
  return secretMember(name, value, walk) ?? walkValue(value, walk);
}

/** `{name: "Authorization", value}` outside of env: headers of probes, arguments of jobs. */
function namedValue(record: Json, walk: Walk): Json {
  const { name, value } = record;
  if (typeof name !== "string" || typeof value !== "string") return {};
  const secret = /^(?:authorization|cookie)$/i.test(name) || isSecretName(name);
  return secret && value !== "" ? { value: secretMember("secret", value, walk) ?? hide(value) } : {};
}

function walkRecord(record: Json, walk: Walk): Json {
  const entries = Object.entries(record).filter(([name]) => name !== "managedFields");
  const walked = Object.fromEntries(entries.map(([name, value]) => [name, member(name, value, walk)]));
  return { ...walked, ...namedValue(record, walk) };
}

function walkValue(value: unknown, walk: Walk): unknown {
  if (typeof value === "string") return redact(value, walk.options).text;
  if (typeof value !== "object" || value === null) return value;
  if (walk.depth >= MAX_DEPTH) return "<hidden: nested too deeply>";
  const inner = { ...walk, depth: walk.depth + 1 };
  if (Array.isArray(value)) return value.map((item) => walkValue(item, inner));
  if (!isRecord(value)) return value;
  return walkRecord(value, { ...inner, kind: kindOf(value) ?? walk.kind });
}

function kindOf(value: Json): string | undefined {
  const kind = value["kind"];
  return typeof kind === "string" ? kind.replace(/(?<=.)List$/, "") : undefined;
}

/**
 * A copy of a JSON value (an object of Kubernetes, a list of them, or a part of one) fit to leave the process: values
 * of Secrets are lengths only, values of env and ConfigMaps too unless plain, managedFields are gone, names and
 * references stay, and every other text has gone through `redact`. Idempotent. The input is not changed.
 */
export function redactObject(value: unknown, options: RedactOptions): unknown {
  return walkValue(value, { options, depth: 0, kind: undefined });
}
