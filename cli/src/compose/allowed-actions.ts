import { ACTION, API_VERSION } from "@sre-agent/crds";
import { isKubeError, type Reader } from "@sre-agent/kube";

const MAX_ACTIONS = 16;

/** Names of the SreActions of a namespace, as a run takes them; undefined where the kinds are not installed. */
export async function allowedActions(
  reader: Reader,
  namespace: string,
  signal: AbortSignal,
): Promise<readonly string[] | undefined> {
  try {
    const kind = { apiVersion: API_VERSION, kind: ACTION.kind };
    const { items } = await reader.listAll(kind, { namespace, maxItems: MAX_ACTIONS, signal });
    return items.map(({ metadata }) => metadata.name);
  } catch (error) {
    if (isKubeError(error, "UNKNOWN_KIND", "NOT_FOUND")) return undefined;
    throw error;
  }
}
