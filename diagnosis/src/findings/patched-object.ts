import type { FieldPatch } from "@sre-agent/crds";
import { isRecord } from "../snapshot/json.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";

/** Fields that take a name as well as a number: one may become the other. */
const EITHER =
  /\/(?:targetPort|maxUnavailable|maxSurge|minAvailable)$|\/(?:httpGet|tcpSocket)\/port$|gress\/\d+\/ports\/\d+\/port$/;

interface Place {
  readonly parent: Record<string, unknown>;
  readonly name: string;
}

/** A copy of the object with the patch applied as an API server does it, or in words why it does not fit. */
export function patchedObject(object: SnapshotObject, patch: readonly FieldPatch[]): SnapshotObject | string {
  const copy = structuredClone(object);
  for (const field of patch) {
    const place = placeOf(copy, field.path);
    if (place === undefined) return `there is nothing for ${field.path} to stand in`;
    const misfit = misfitOf(place, field);
    if (misfit !== undefined) return misfit;
    put(place, field);
  }
  return copy;
}

function placeOf(object: SnapshotObject, pointer: string): Place | undefined {
  const steps = pointer.split("/").map((step) => step.replace(/~1/g, "/").replace(/~0/g, "~"));
  const parent = steps.slice(1, -1).reduce<unknown>((at, name) => (isParent(at) ? own(at, name) : undefined), object);
  const name = steps.at(-1) ?? "";
  const beyond = Array.isArray(parent) && name !== "-" && !(Number(name) <= parent.length);
  return isParent(parent) && !beyond ? { parent, name } : undefined;
}

/** Of a list the positions are the names. */
function isParent(value: unknown): value is Record<string, unknown> {
  return isRecord(value) || Array.isArray(value);
}

function own(parent: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(parent, name) ? parent[name] : undefined;
}

function misfitOf({ parent, name }: Place, { path, from, to }: FieldPatch): string | undefined {
  const now = own(parent, name);
  if (JSON.stringify(now) !== from) return `${path} ${now === undefined ? "is absent" : "has another value"}`;
  if (from === undefined || to === undefined) return undefined;
  const types = [now, JSON.parse(to) as unknown].map((value) => (Array.isArray(value) ? "list" : typeof value));
  const fits = types[0] === types[1] || (EITHER.test(path) && ["string", "number"].includes(types[1] ?? ""));
  return fits ? undefined : `${path} takes a ${types[0]}, and ${to} is a ${types[1]}`;
}

function put({ parent, name }: Place, { from, to }: FieldPatch): void {
  const value: unknown = to === undefined ? undefined : JSON.parse(to);
  if (Array.isArray(parent)) {
    const position = name === "-" ? parent.length : Number(name);
    parent.splice(position, from === undefined ? 0 : 1, ...(to === undefined ? [] : [value]));
  } else if (to === undefined) delete parent[name];
  else parent[name] = value;
}
