import { type Denial, deny, type Target } from "@sre-agent/crds";
import { isKubeError, type Reader } from "@sre-agent/kube";
import { readHistory } from "../facts/history.ts";
import type { Workload } from "../facts/workload.ts";
import type { Live } from "../plans/plan.ts";

export interface TargetName {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** The live object of that name with its history, or why there is none. */
export async function readLive(reader: Reader, named: TargetName, signal: AbortSignal): Promise<Live | Denial> {
  try {
    const [target, history] = await Promise.all([
      reader.get<Workload>(named, { signal }),
      readHistory(reader, named, signal),
    ]);
    return { target, ...history };
  } catch (error) {
    if (!isKubeError(error, "NOT_FOUND")) throw error;
    return deny("NOT_FOUND", `There is no ${named.kind} ${named.name} in namespace ${named.namespace}.`);
  }
}

/** The object by uid: a namesake that is created later is another target. */
export function targetOf({ apiVersion, kind, namespace, name }: TargetName, { target }: Live): Target {
  return { apiVersion, kind, namespace, name, uid: target.metadata.uid };
}
