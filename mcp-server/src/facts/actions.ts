import { ACTION, API_VERSION, type SreAction, type SreInvestigation } from "@sre-agent/crds";
import type { KubeObject, Reader } from "@sre-agent/kube";

const KIND = { apiVersion: API_VERSION, kind: ACTION.kind };

export interface ActionsQuestion {
  readonly namespace: string;
  /** Absent: a person's client, for which every SreAction of the namespace counts. */
  readonly run: SreInvestigation | undefined;
  readonly signal: AbortSignal;
}

/** The SreActions that may allow the change. A run's are those it names, and only in its own namespace. */
export async function readActions(reader: Reader, question: ActionsQuestion): Promise<readonly SreAction[]> {
  const { namespace, run, signal } = question;
  if (run && run.metadata.namespace !== namespace) return [];
  const { items, truncated } = await reader.listAll<SreAction & KubeObject>(KIND, { namespace, signal });
  if (truncated) throw new RangeError("too many SreActions in the namespace");
  const actions = items.map((item) => ({ ...item, spec: ACTION.spec.parse(item.spec) }));
  return run ? actions.filter(({ metadata }) => run.spec.actionRefs?.includes(metadata.name) === true) : actions;
}
