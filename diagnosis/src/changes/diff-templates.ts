import { isRecord, type Json, textAt } from "../snapshot/json.ts";
import { isPlainScalar, printableArgument, printableEnv } from "./printable.ts";

/** One field that differs. `before` or `after` is absent where the field is; `(hidden)` stands for text that is not shown. */
export interface FieldChange {
  readonly path: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface TemplateDiff {
  readonly changes: readonly FieldChange[];
  /** Changes beyond the bound. */
  readonly omitted: number;
}

const MOST = 20;
/** Stands for text that is compared and not shown. */
const HIDDEN = "(hidden)";
const HIDDEN_OTHER = "(hidden, another value)";

/** String fields whose text is a name or a reference, never content. */
const SHOWN =
  /(^|\.)(image|imagePullPolicy|port|path|scheme|name|key|type|mountPath|subPath|containerPort|protocol|restartPolicy|serviceAccountName|serviceAccount|nodeName|priorityClassName|schedulerName|dnsPolicy|claimName|secretName|storageClassName|runtimeClassName|operator|effect|fieldPath|resource|containerName|topologyKey|whenUnsatisfiable|medium)$|\.(nodeSelector|labels|matchLabels|limits|requests)\.|\.imagePullSecrets\[/;

const IDENTITY: Readonly<Record<string, string>> = { volumeMounts: "mountPath", ports: "containerPort" };
const IGNORED = /(labels\.pod-template-hash|\.creationTimestamp)$/;

/**
 * The fields in which two pod templates differ, as `spec.template...` paths in path order, at most `most`. Values of env,
 * annotations, commands and other free text are compared but appear only as `(hidden)`, unless they are plain scalars.
 */
export function diffTemplates(before: unknown, after: unknown, most = MOST): TemplateDiff {
  const [left, right] = [leaves(before), leaves(after)];
  const paths = [...new Set([...left.keys(), ...right.keys()])].sort();
  const changes = paths.flatMap((path) => changeAt(path, left.get(path), right.get(path)));
  return { changes: changes.slice(0, most), omitted: Math.max(0, changes.length - most) };
}

function changeAt(path: string, before: Leaf | undefined, after: Leaf | undefined): FieldChange[] {
  if (before?.compared === after?.compared || IGNORED.test(path)) return [];
  const bothHidden = before?.shown === HIDDEN && after?.shown === HIDDEN;
  return [{ path, before: before?.shown, after: bothHidden ? HIDDEN_OTHER : after?.shown }];
}

interface Leaf {
  readonly compared: string;
  readonly shown: string;
}

function leaves(template: unknown): Map<string, Leaf> {
  const found = new Map<string, Leaf>();
  collect(template, "spec.template", found);
  return found;
}

function collect(value: unknown, path: string, found: Map<string, Leaf>): void {
  if (Array.isArray(value)) collectList(value, path, found);
  else if (isRecord(value)) for (const [key, child] of Object.entries(value)) collect(child, `${path}.${key}`, found);
  else if (value !== undefined && value !== null)
    found.set(path, { compared: String(value), shown: shown(path, value) });
}

function collectList(items: readonly unknown[], path: string, found: Map<string, Leaf>): void {
  const list = path.slice(path.lastIndexOf(".") + 1);
  for (const [position, item] of items.entries()) {
    const place = `${path}[${identityOf(item, list) ?? position}]`;
    if (list === "env" && isRecord(item)) found.set(place, envLeaf(item));
    else if (list === "command" || list === "args")
      found.set(place, argumentLeaf(item, list === "command" && position === 0));
    else collect(item, place, found);
  }
}

function identityOf(item: unknown, list: string): string | undefined {
  if (!isRecord(item)) return undefined;
  const value = item[IDENTITY[list] ?? "name"];
  return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
}

/** An env entry is one field: its literal value or its reference. */
function envLeaf(entry: Json): Leaf {
  const compared = JSON.stringify(entry["valueFrom"] ?? entry["value"] ?? "");
  const reference = entry["valueFrom"];
  return { compared, shown: isRecord(reference) ? describeReference(reference) : literal(entry) };
}

function literal(entry: Json): string {
  return printableEnv(textAt(entry, "name") ?? "", textAt(entry, "value") ?? "") ?? HIDDEN;
}

/** `configMapKeyRef settings/PORT`, `secretKeyRef db/password`, `fieldRef status.podIP`. */
function describeReference(reference: Json): string {
  const [source = "valueFrom", target] = Object.entries(reference)[0] ?? [];
  const name = textAt(target, "name");
  const key = textAt(target, "key") ?? textAt(target, "fieldPath") ?? textAt(target, "resource") ?? "";
  return `${source} ${name === undefined ? key : `${name}/${key}`}`;
}

function argumentLeaf(item: unknown, first: boolean): Leaf {
  const text = String(item);
  return { compared: text, shown: printableArgument(text, first) ?? HIDDEN };
}

function shown(path: string, value: unknown): string {
  const text = String(value);
  if (typeof value !== "string" || isPlainScalar(text)) return text;
  if (!SHOWN.test(path) || path.includes("httpHeaders") || path.includes(".annotations.")) return HIDDEN;
  return text.split("?", 1)[0]?.slice(0, 256) ?? HIDDEN;
}
