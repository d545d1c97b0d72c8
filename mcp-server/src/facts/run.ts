import {
  API_VERSION,
  INVESTIGATION,
  type RunReference,
  type SreInvestigation,
  type SreTrigger,
  TRIGGER,
} from "@sre-agent/crds";
import { isKubeError, type KubeObject, type Reader } from "@sre-agent/kube";

/** The investigation of that uid; undefined when it is gone, or another one bears its name. */
export async function readRun(
  reader: Reader,
  { namespace, name, uid }: RunReference,
  signal: AbortSignal,
): Promise<SreInvestigation | undefined> {
  const ref = { apiVersion: API_VERSION, kind: INVESTIGATION.kind, namespace, name };
  const found = await orAbsent(reader.get<SreInvestigation & KubeObject>(ref, { signal }));
  if (found?.metadata.uid !== uid) return undefined;
  return { ...found, spec: INVESTIGATION.spec.parse(found.spec) };
}

/** The trigger behind a run; undefined when a person started the run or the trigger was deleted since. */
export async function readTrigger(
  reader: Reader,
  { metadata, spec }: SreInvestigation,
  signal: AbortSignal,
): Promise<SreTrigger | undefined> {
  const { namespace } = metadata;
  if (!spec.triggerRef || namespace === undefined) return undefined;
  const ref = { apiVersion: API_VERSION, kind: TRIGGER.kind, namespace, name: spec.triggerRef.name };
  const found = await orAbsent(reader.get<SreTrigger & KubeObject>(ref, { signal }));
  if (found?.metadata.uid !== spec.triggerRef.uid) return undefined;
  return { ...found, spec: TRIGGER.spec.parse(found.spec) };
}

async function orAbsent<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}
