import { isDeepStrictEqual } from "node:util";
import { badRequest, patchRejected } from "../api-error.ts";
import { isRecord } from "../json.ts";

interface Operation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

/** RFC 6902. Throws 422 when a test or an operation fails, 400 when the patch is none. */
export function jsonPatch(target: unknown, patch: unknown): unknown {
  if (!Array.isArray(patch)) {
    throw badRequest(
      "error decoding patch: json: cannot unmarshal object into Go value of type []handlers.jsonPatchOp",
    );
  }
  let document: unknown = structuredClone(target);
  for (const operation of patch) document = apply(document, parse(operation));
  return document;
}

function parse(operation: unknown): Operation {
  if (!isRecord(operation) || typeof operation["op"] !== "string" || typeof operation["path"] !== "string") {
    throw patchRejected();
  }
  return operation as unknown as Operation;
}

function apply(document: unknown, operation: Operation): unknown {
  const path = segments(operation.path);
  switch (operation.op) {
    case "test":
      if (!isDeepStrictEqual(read(document, path), operation.value)) throw patchRejected();
      return document;
    case "add":
      return write(document, path, { value: operation.value, insert: true });
    case "replace":
      if (read(document, path) === undefined) throw patchRejected();
      return write(document, path, { value: operation.value, insert: false });
    case "remove":
      return remove(document, path);
    case "copy":
      return write(document, path, { value: structuredClone(readFrom(document, operation)), insert: true });
    case "move": {
      const value = readFrom(document, operation);
      return write(remove(document, segments(operation.from ?? "")), path, { value, insert: true });
    }
    default:
      throw patchRejected();
  }
}

function readFrom(document: unknown, { from }: Operation): unknown {
  const value = read(document, segments(from ?? ""));
  if (value === undefined) throw patchRejected();
  return value;
}

function segments(pointer: string): readonly string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw patchRejected();
  return pointer
    .slice(1)
    .split("/")
    .map((segment) => segment.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The value at the path; undefined at a missing last segment. Throws when a parent is missing. */
function read(document: unknown, path: readonly string[]): unknown {
  const last = path.at(-1);
  if (last === undefined) return document;
  const parent = container(document, path);
  return Array.isArray(parent) ? parent[index(last, parent.length - 1)] : parent[last];
}

type Container = unknown[] | Record<string, unknown>;

function container(document: unknown, path: readonly string[]): Container {
  let current = document;
  for (const segment of path.slice(0, -1)) {
    if (Array.isArray(current)) current = current[index(segment, current.length - 1)];
    else if (isRecord(current) && Object.hasOwn(current, segment)) current = current[segment];
    else throw patchRejected();
  }
  if (!Array.isArray(current) && !isRecord(current)) throw patchRejected();
  return current as Container;
}

function write(document: unknown, path: readonly string[], change: { value: unknown; insert: boolean }): unknown {
  const last = path.at(-1);
  if (last === undefined) return change.value;
  const parent = container(document, path);
  if (!Array.isArray(parent)) parent[last] = change.value;
  else if (last === "-") parent.push(change.value);
  else if (change.insert) parent.splice(index(last, parent.length), 0, change.value);
  else parent[index(last, parent.length - 1)] = change.value;
  return document;
}

function remove(document: unknown, path: readonly string[]): unknown {
  const last = path.at(-1);
  if (last === undefined || read(document, path) === undefined) throw patchRejected();
  const parent = container(document, path);
  if (Array.isArray(parent)) parent.splice(index(last, parent.length - 1), 1);
  else delete parent[last];
  return document;
}

function index(segment: string, max: number): number {
  if (!/^(0|[1-9][0-9]*)$/.test(segment)) throw patchRejected();
  const value = Number(segment);
  if (value > max) throw patchRejected();
  return value;
}
