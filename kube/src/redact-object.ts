import { X509Certificate } from "node:crypto";
import type { KindRef, KubeObject, ManagedFieldsEntry } from "./object.ts";

/** Enough to tell a template from a count, and which key of a ConfigMap was written; of a Secret only that data was. */
const FIELD_LEVELS = 2;
const SECRET_FIELD_LEVELS = 1;
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The object as it may leave this workspace: values of a Secret emptied (its keys stay), managedFields with the
 * topmost field names alone or left out, and no last-applied annotation, which repeats the whole object, Secrets
 * included. `kind` fills in apiVersion and kind, which the items of a list lack.
 */
export function redactObject<T extends KubeObject>(
  object: KubeObject,
  kind: KindRef,
  { withoutManagers = false } = {},
): T {
  const { apiVersion = kind.apiVersion, kind: name = kind.kind } = object;
  const secret = isSecret({ apiVersion, kind: name });
  const levels = secret ? SECRET_FIELD_LEVELS : FIELD_LEVELS;
  const metadata = redactMetadata(object.metadata, withoutManagers ? 0 : levels);
  const safe = { ...object, apiVersion, kind: name, metadata };
  return (secret ? withoutValues(safe) : safe) as T;
}

function isSecret({ apiVersion, kind }: KindRef): boolean {
  return kind === "Secret" && apiVersion === "v1";
}

function withoutValues(secret: object): object {
  const emptied = { ...secret, ...certificateFacts(secret) } as Record<string, unknown>;
  for (const field of ["data", "stringData"]) {
    const values = emptied[field];
    if (values === undefined) continue;
    const keys = values !== null && typeof values === "object" ? Object.keys(values) : [];
    emptied[field] = Object.fromEntries(keys.map((key) => [key, ""]));
  }
  return emptied;
}

/** What the first certificate of a TLS Secret says to every client that connects: names and dates. */
function certificateFacts(secret: { readonly data?: { readonly "tls.crt"?: unknown } }): object {
  const encoded = secret.data?.["tls.crt"];
  if (typeof encoded !== "string" || encoded === "") return {};
  try {
    const { subjectAltName = "", validFrom, validTo } = new X509Certificate(Buffer.from(encoded, "base64"));
    const [notBefore, notAfter] = [validFrom, validTo].map((time) => new Date(time).toISOString());
    return { certificate: { names: subjectAltName.split(", ").filter(Boolean), notBefore, notAfter } };
  } catch {
    return { certificate: { unreadable: true } };
  }
}

/** No levels: no managedFields. */
function redactMetadata(
  metadata: KubeObject["metadata"] | undefined,
  levels: number,
): KubeObject["metadata"] | undefined {
  if (metadata === undefined) return undefined;
  const { annotations, managedFields, ...rest } = metadata;
  const managers = levels === 0 ? undefined : managedFields?.map((entry) => withFieldNames(entry, levels));
  return {
    ...rest,
    ...(annotations === undefined ? {} : { annotations: withoutLastApplied(annotations) }),
    ...(managers === undefined ? {} : { managedFields: managers }),
  };
}

function withoutLastApplied(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [LAST_APPLIED]: _dropped, ...kept } = annotations;
  return kept;
}

/** When who wrote which parts: of the field list its topmost levels, which hold names alone. */
function withFieldNames(entry: ManagedFieldsEntry, levels: number): ManagedFieldsEntry {
  const { manager, operation, time, subresource, fieldsV1 } = entry;
  return {
    ...(manager === undefined ? {} : { manager }),
    ...(operation === undefined ? {} : { operation }),
    ...(time === undefined ? {} : { time }),
    ...(subresource === undefined ? {} : { subresource }),
    ...(fieldsV1 === undefined ? {} : { fieldsV1: topNames(fieldsV1, levels) }),
  };
}

const NO_NAMES = Object.freeze({});

/** Field names (`f:`) down to a level; list items, whose keys repeat values, are left out. */
function topNames(fields: object, levels: number): Readonly<Record<string, unknown>> {
  if (levels === 0) return NO_NAMES;
  const names: Record<string, unknown> = {};
  // Thousands of objects in one answer: no lists in between.
  for (const [name, below] of Object.entries(fields)) {
    if (name.startsWith("f:")) names[name] = topNames(below as object, levels - 1);
  }
  return names;
}
