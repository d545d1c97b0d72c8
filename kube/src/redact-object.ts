import type { KindRef, KubeObject, ManagedFieldsEntry } from "./object.ts";

const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The object as it may leave this workspace: values of a Secret emptied (its keys stay), managedFields without the
 * field lists, and no last-applied annotation, which repeats the whole object, Secrets included.
 * `kind` fills in apiVersion and kind, which the items of a list lack.
 */
export function redactObject<T extends KubeObject>(object: KubeObject, kind: KindRef): T {
  const named = { ...object, apiVersion: object.apiVersion ?? kind.apiVersion, kind: object.kind ?? kind.kind };
  const safe = { ...named, metadata: redactMetadata(object.metadata) };
  return (isSecret(named) ? withoutValues(safe) : safe) as T;
}

function isSecret({ apiVersion, kind }: KindRef): boolean {
  return kind === "Secret" && apiVersion === "v1";
}

function withoutValues(secret: object): object {
  const emptied = { ...secret } as Record<string, unknown>;
  for (const field of ["data", "stringData"]) {
    const values = emptied[field];
    if (values === undefined) continue;
    const keys = values !== null && typeof values === "object" ? Object.keys(values) : [];
    emptied[field] = Object.fromEntries(keys.map((key) => [key, ""]));
  }
  return emptied;
}

function redactMetadata(metadata: KubeObject["metadata"] | undefined): KubeObject["metadata"] | undefined {
  if (metadata === undefined) return undefined;
  const { annotations, managedFields, ...rest } = metadata;
  return {
    ...rest,
    ...(annotations === undefined ? {} : { annotations: withoutLastApplied(annotations) }),
    ...(managedFields === undefined ? {} : { managedFields: managedFields.map(withoutFieldList) }),
  };
}

function withoutLastApplied(annotations: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const { [LAST_APPLIED]: _dropped, ...kept } = annotations;
  return kept;
}

function withoutFieldList({ manager, operation, time, subresource }: ManagedFieldsEntry): ManagedFieldsEntry {
  return {
    ...(manager === undefined ? {} : { manager }),
    ...(operation === undefined ? {} : { operation }),
    ...(time === undefined ? {} : { time }),
    ...(subresource === undefined ? {} : { subresource }),
  };
}
