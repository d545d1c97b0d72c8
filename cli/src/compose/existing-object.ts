import { UserError } from "@sre-agent/frame";
import { isKubeError, type KubeObject, type Reader } from "@sre-agent/kube";
import { suggestion } from "../suggestion.ts";
import { existingNamespace } from "./existing-namespace.ts";

export interface NamedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** The object that a person named. @throws UserError with the nearest name there is, of the namespace first. */
export async function existingObject<T extends KubeObject>(
  reader: Reader,
  ref: NamedObject,
  signal: AbortSignal,
): Promise<T> {
  return reader.get<T>(ref, { signal }).catch(async (error: unknown) => {
    if (!isKubeError(error, "NOT_FOUND")) throw error;
    if (ref.namespace !== undefined) await existingNamespace(reader, ref.namespace, signal);
    throw notThere(ref, await namesOf(reader, ref, signal));
  });
}

function notThere({ kind, name, namespace }: NamedObject, names: readonly string[]): UserError {
  const place = namespace === undefined ? "" : ` in namespace ${namespace}`;
  return new UserError(`There is no ${kind} "${name}"${place}.${suggestion(name, names)}`, {
    nextStep: `List them: kubectl get ${kind.toLowerCase()}${namespace === undefined ? "" : ` -n ${namespace}`}`,
  });
}

const MAX_LISTED = 500;

async function namesOf(
  reader: Reader,
  { apiVersion, kind, namespace }: NamedObject,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const place = namespace === undefined ? {} : { namespace };
  const { items } = await reader
    .listAll({ apiVersion, kind }, { ...place, maxItems: MAX_LISTED, signal })
    .catch(() => ({ items: [] }));
  return items.map(({ metadata }) => metadata.name);
}
