import { isPlainScalar } from "../../changes/printable.ts";
import { isRecord, valueAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** A field that a controller's message points at. */
export interface BlamedField {
  /** `spec.storage.size`. */
  readonly path: string;
  /** In words; `<not shown>` where the message does not say it and it may be secret. */
  readonly value: string;
}

const PATH = /\bspec(?:\.[A-Za-z][\w-]*|\[[\w"'./-]{1,60}\])+/;
const QUOTED = /["'`]([^"'`\s]{2,100})["'`]/g;
const MAX_FIELDS = 500;

/** The field of an object that a message names by its path, else the only one whose value it quotes. */
export function blamedField(object: SnapshotObject, message: string): BlamedField | undefined {
  const path = PATH.exec(message)?.[0].replace(/\.$/, "");
  if (path !== undefined) return { path, value: shown(valueAt(object, ...stepsOf(path)), message) };
  const quoted = [...message.matchAll(QUOTED)].map(([, value]) => value);
  const [only, ...others] = leavesOf(object["spec"], "spec").filter(({ value }) => quoted.includes(String(value)));
  return only === undefined || others.length > 0 ? undefined : { path: only.path, value: shown(only.value, message) };
}

function stepsOf(path: string): readonly string[] {
  return path.split(/[.[\]"']+/).filter((step) => step !== "");
}

function shown(value: unknown, message: string): string {
  if (value === undefined) return "absent";
  const text = isRecord(value) || Array.isArray(value) ? undefined : String(value);
  const plain = text !== undefined && (isPlainScalar(text) || message.includes(text));
  return plain ? text : "<not shown>";
}

interface Leaf {
  readonly path: string;
  readonly value: unknown;
}

function leavesOf(root: unknown, at: string): readonly Leaf[] {
  const found: Leaf[] = [];
  const queue: Leaf[] = [{ path: at, value: root }];
  for (let next = queue.shift(); next !== undefined && found.length < MAX_FIELDS; next = queue.shift()) {
    const { path, value } = next;
    if (Array.isArray(value)) queue.push(...value.map((item, index) => ({ path: `${path}[${index}]`, value: item })));
    else if (isRecord(value)) {
      queue.push(...Object.entries(value).map(([key, item]) => ({ path: `${path}.${key}`, value: item })));
    } else found.push(next);
  }
  return found;
}
