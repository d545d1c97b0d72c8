import { UserError } from "@sre-agent/frame";
import { isKubeError, type KubeError, type Reader } from "@sre-agent/kube";
import { suggestion } from "../suggestion.ts";

/**
 * The namespace, once it is known to be there: an empty answer about one that is not would read as "all is well". Who
 * may not look at Namespace objects may still look into one.
 * @throws UserError with the nearest name there is.
 */
export async function existingNamespace(reader: Reader, name: string, signal: AbortSignal): Promise<string> {
  try {
    await reader.get({ apiVersion: "v1", kind: "Namespace", name }, { signal });
    return name;
  } catch (error) {
    if (isKubeError(error, "FORBIDDEN")) return name;
    // What is no name of a namespace, such as `shop/web`, is no namespace either.
    if (!isKubeError(error, "NOT_FOUND", "INVALID") || !isOfApiServer(error)) throw error;
    const near = suggestion(name, await namesOf(reader, signal));
    throw new UserError(`There is no namespace "${name}".${near}`, {
      cause: undefined,
      nextStep: "Give one with -n NAMESPACE; kubectl get namespaces lists them.",
    });
  }
}

/** Something else that answers at that address knows nothing of namespaces. */
const isOfApiServer = ({ status, reason }: KubeError) => status === undefined || reason !== undefined;

const MAX_LISTED = 1_000;

async function namesOf(reader: Reader, signal: AbortSignal): Promise<readonly string[]> {
  const { items } = await reader
    .listAll({ apiVersion: "v1", kind: "Namespace" }, { maxItems: MAX_LISTED, signal })
    .catch(() => ({ items: [] }));
  return items.map(({ metadata }) => metadata.name);
}
