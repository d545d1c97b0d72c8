import {
  API_VERSION,
  type Denial,
  deny,
  INVESTIGATION,
  isComplete,
  RUN_META_KEY,
  type RunReference,
  runReferenceSchema,
  type SreInvestigation,
} from "@sre-agent/crds";
import { KubeError, type KubeObject, type Reader } from "@sre-agent/kube";
import type { Run } from "../tools/tool.ts";

/** The run that a request's `_meta` names, as the server itself reads it; undefined when it names none. */
export async function readRun(
  reader: Reader,
  meta: Readonly<Record<string, unknown>> | undefined,
  signal: AbortSignal,
): Promise<Run | Denial | undefined> {
  const claimed = meta?.[RUN_META_KEY];
  if (claimed === undefined) return undefined;
  const parsed = runReferenceSchema.safeParse(claimed);
  if (!parsed.success) return deny("RUN_UNKNOWN", "The run reference is malformed: it takes namespace, name and uid.");
  const { namespace, name } = parsed.data;
  const ref = { apiVersion: API_VERSION, kind: INVESTIGATION.kind, namespace, name };
  try {
    return runOf(parsed.data, await reader.get<KubeObject & SreInvestigation>(ref, { signal }));
  } catch (error) {
    return unreadable(error, name);
  }
}

function runOf(reference: RunReference, investigation: SreInvestigation): Run | Denial {
  const { namespace, name, uid } = reference;
  if (investigation.metadata.uid !== uid) return deny("RUN_UNKNOWN", `${name} in ${namespace} is another run by now.`);
  if (isComplete(investigation.status?.conditions)) return deny("RUN_FINISHED", `${name} has ended.`);
  return { reference, investigation };
}

function unreadable(error: unknown, name: string): Denial {
  if (!(error instanceof KubeError)) throw error;
  if (error.code === "NOT_FOUND") return deny("RUN_UNKNOWN", `There is no investigation ${name}.`);
  if (error.code === "UNKNOWN_KIND") return deny("CRDS_MISSING", "The kinds of sre-agent are not installed.");
  return deny("FACTS_UNAVAILABLE", `The run could not be read: ${error.message}`);
}
