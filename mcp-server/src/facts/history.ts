import type { Target } from "@sre-agent/crds";
import type { Reader } from "@sre-agent/kube";
import { NAMESPACE_LISTS } from "./target.ts";
import type { ControllerEvent, ControllerRevision, Workload } from "./workload.ts";

/** What the API server still knows of earlier states of a workload. */
export interface History {
  readonly replicaSets: readonly Workload[];
  readonly controllerRevisions: readonly ControllerRevision[];
  /** Of the target itself. */
  readonly events: readonly ControllerEvent[];
}

type Kept = Partial<Record<keyof History, true>>;

/** Where a kind keeps its history; a pod has none. */
const KEPT: Readonly<Record<string, Kept>> = {
  Deployment: { replicaSets: true, events: true },
  StatefulSet: { controllerRevisions: true, events: true },
  DaemonSet: { controllerRevisions: true },
};

/** Reads what the target's kind keeps. Throws KubeError when it cannot be read. */
export async function readHistory(
  reader: Reader,
  { kind, namespace, name }: Pick<Target, "kind" | "namespace" | "name">,
  signal: AbortSignal,
): Promise<History> {
  const kept = KEPT[kind] ?? {};
  const [replicaSets, controllerRevisions, events] = await Promise.all([
    kept.replicaSets ? NAMESPACE_LISTS.replicaSets(reader, namespace, signal) : [],
    kept.controllerRevisions ? NAMESPACE_LISTS.controllerRevisions(reader, namespace, signal) : [],
    kept.events ? eventsOf(reader, { kind, namespace, name }, signal) : [],
  ]);
  return { replicaSets, controllerRevisions, events };
}

const MAX_EVENTS = 500;

/** The newest known of them; they expire after an hour, so a list that was cut is no worse than one that is late. */
async function eventsOf(
  reader: Reader,
  { kind, namespace, name }: Pick<Target, "kind" | "namespace" | "name">,
  signal: AbortSignal,
): Promise<readonly ControllerEvent[]> {
  const fieldSelector = `involvedObject.kind=${kind},involvedObject.name=${name}`;
  const options = { namespace, fieldSelector, maxItems: MAX_EVENTS, signal };
  return (await reader.listAll<ControllerEvent>({ apiVersion: "v1", kind: "Event" }, options)).items;
}
