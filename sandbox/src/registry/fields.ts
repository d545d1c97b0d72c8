import { GROUP, KINDS, objectSchema } from "@sre-agent/crds";
import { ApiError, badRequest, type Cause, invalid } from "../api-error.ts";
import { valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Resource } from "../resources/resource.ts";
import { toCause } from "./zod-cause.ts";

export type FieldValidation = "Strict" | "Warn" | "Ignore";

export interface CheckOptions {
  readonly fieldValidation: FieldValidation;
  /** A patch with unknown fields is refused with another status than a whole object. */
  readonly patching: boolean;
}

const SCHEMAS = new Map(KINDS.map((definition) => [definition.kind, objectSchema(definition)]));

/**
 * Our kinds against their zod schema: the object with its defaults and without unknown fields, and a warning for each of
 * those. Of built-in kinds the fields at the top alone are known; other kinds pass as they are.
 * Throws 400 (422 for a patch) on unknown fields with Strict, 422 on an invalid object.
 */
export function checkFields(
  resource: Resource,
  object: KubeObject,
  options: CheckOptions,
): { readonly object: KubeObject; readonly warnings: readonly string[] } {
  const schema = resource.group === GROUP ? SCHEMAS.get(resource.kind) : undefined;
  const unknown = schema ? unrecognized(schema.safeParse(object).error?.issues ?? []) : unknownAtTop(object);
  const fields = unknown.map((path) => `unknown field "${path.join(".")}"`);
  if (fields.length > 0 && options.fieldValidation === "Strict") throw strictError(object, fields, options.patching);
  const pruned = unknown.reduce(without, object);
  const warnings = options.fieldValidation === "Warn" ? fields : [];
  const result = schema?.safeParse(pruned);
  if (result === undefined) return { object: pruned, warnings };
  if (!result.success) throw invalid(resource, object.metadata.name, causes(result.error.issues, pruned));
  return { object: { ...(result.data as unknown as KubeObject), metadata: pruned.metadata }, warnings };
}

const ENVELOPE = ["apiVersion", "kind", "metadata"];
const WITH_SPEC = [...ENVELOPE, "spec", "status"];

/** Fields at the top of built-in kinds; a kind that is not here is not checked. */
const TOP_FIELDS: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: [...ENVELOPE, "data", "binaryData", "immutable"],
  Secret: [...ENVELOPE, "data", "stringData", "type", "immutable"],
  Lease: [...ENVELOPE, "spec"],
  ServiceAccount: [...ENVELOPE, "secrets", "imagePullSecrets", "automountServiceAccountToken"],
  Namespace: WITH_SPEC,
  Pod: WITH_SPEC,
  Service: WITH_SPEC,
  Deployment: WITH_SPEC,
  ReplicaSet: WITH_SPEC,
  StatefulSet: WITH_SPEC,
  DaemonSet: WITH_SPEC,
};

function unknownAtTop(object: KubeObject): readonly Path[] {
  const known = TOP_FIELDS[object.kind];
  return known === undefined ? [] : Object.keys(object).flatMap((key) => (known.includes(key) ? [] : [[key]]));
}

type Issue = Parameters<typeof toCause>[0];

function causes(issues: readonly Issue[], object: KubeObject): readonly Cause[] {
  return issues.map((issue) => toCause(issue, valueAt(object, issue.path)));
}

type Path = readonly PropertyKey[];

function unrecognized(issues: readonly Issue[]): readonly Path[] {
  return issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" ? (issue.keys ?? []).map((key): Path => [...issue.path, key]) : [],
  );
}

function without<T>(value: T, path: Path): T {
  const [first, ...rest] = path;
  if (first === undefined || typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item, at) => (at === first ? without(item, rest) : item)) as T;
  const { [first as keyof T]: child, ...others } = value;
  return (rest.length === 0 ? others : { ...others, [first]: without(child, rest) }) as T;
}

function strictError(object: KubeObject, fields: readonly string[], patching: boolean): ApiError {
  const text = `strict decoding error: ${fields.join(", ")}`;
  if (!patching) {
    const version = object.apiVersion.split("/").at(-1);
    return badRequest(`${object.kind} in version "${version}" cannot be handled as a ${object.kind}: ${text}`);
  }
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(object))}: ${text}`;
  return new ApiError(422, ` "" is invalid: patch: ${message}`, {
    reason: "Invalid",
    details: { causes: [{ reason: "FieldValueInvalid", message, field: "patch" }] },
  });
}
