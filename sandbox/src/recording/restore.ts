import { isDeepStrictEqual } from "node:util";
import { GROUP } from "@sre-agent/crds";
import { ApiError } from "../api-error.ts";
import { timestamp } from "../clock.ts";
import { controllerOf } from "../controllers/context.ts";
import { isReady } from "../controllers/replica-set.ts";
import type { LogLine } from "../http/request.ts";
import { NODE_NAME } from "../incidents/cluster-objects.ts";
import { valueAt } from "../json.ts";
import { type KubeObject, keyOf } from "../object.ts";
import { withDefaults } from "../registry/defaults.ts";
import { builtIn } from "../resources/built-in.ts";
import type { Catalog } from "../resources/catalog.ts";
import type { Store } from "../store/store.ts";
import type { RecordedLog, RecordedObject, Recording } from "./recording.ts";
import { shiftTimes } from "./shift-times.ts";

const NODE = builtIn("Node");
const REPLICA_SET = builtIn("ReplicaSet");
const DEFINITION = "CustomResourceDefinition";

/** What of a recording the controllers have to know. */
export interface Restored {
  readonly uids: ReadonlySet<string>;
  /** Throws 404 for what was not recorded: an empty log would say something else. */
  log(pod: KubeObject, container: string, previous: boolean): readonly LogLine[];
  /** A recorded pod of the same template, when none of them was ready: a new pod of that template fares like it. */
  precedent(pod: KubeObject): KubeObject | undefined;
}

interface Place {
  readonly store: Store;
  readonly catalog: Catalog;
  readonly nowMs: number;
  uid(): string;
}

/** Stores the recorded objects as if they had been read just now. Kinds that are not served are left out. */
export function restore(recording: Recording, place: Place): Restored {
  const objects = shiftTimes(recording.objects, place.nowMs - Date.parse(recording.now));
  // The recorded nodes are all there are.
  if (objects.some(({ kind }) => kind === NODE.kind))
    place.store.remove(NODE.storage, { namespace: "", name: NODE_NAME });
  const stored = definitionsFirst(objects).flatMap((object) => put(object, place));
  const pods = stored.filter(({ kind }) => kind === "Pod");
  return {
    uids: new Set(stored.map(({ metadata }) => metadata.uid)),
    log: (pod, container, previous) => linesOf(recording.logs, { pod, container, previous, timeMs: place.nowMs }),
    precedent: precedents(pods, place.store),
  };
}

function definitionsFirst(objects: readonly RecordedObject[]): readonly RecordedObject[] {
  return objects.toSorted((a, b) => Number(b.kind === DEFINITION) - Number(a.kind === DEFINITION));
}

function put(recorded: RecordedObject, { store, catalog, nowMs, uid }: Place): readonly KubeObject[] {
  const resource = catalog.ofKind(recorded.apiVersion, recorded.kind);
  // Triggers and policies of that cluster would act here.
  if (resource === undefined || resource.group === GROUP) return [];
  const object = withDefaults({
    ...recorded,
    metadata: { uid: uid(), creationTimestamp: timestamp(nowMs), resourceVersion: "", ...recorded.metadata },
  });
  const isOurs = resource.kind === DEFINITION && store.get(resource.storage, keyOf(object)) !== undefined;
  return isOurs ? [] : [store.put(resource.storage, object)];
}

interface Wanted {
  readonly pod: KubeObject;
  readonly container: string;
  readonly previous: boolean;
  readonly timeMs: number;
}

function linesOf(logs: readonly RecordedLog[], { pod, container, previous, timeMs }: Wanted): readonly LogLine[] {
  const { name, namespace } = keyOf(pod);
  const found = logs.find(
    (log) =>
      log.namespace === namespace && log.pod === name && log.container === container && log.previous === previous,
  );
  if (found === undefined) {
    const which = `${previous ? "previous log" : "log"} of container "${container}" in pod "${name}"`;
    throw new ApiError(404, `the ${which} was not recorded`, { reason: "NotFound" });
  }
  return found.text
    .replace(/\n$/, "")
    .split("\n")
    .map((text) => ({ timeMs, text }));
}

function precedents(pods: readonly KubeObject[], store: Store): Restored["precedent"] {
  const templateOf = (pod: KubeObject): unknown => {
    const owner = controllerOf(pod);
    const key = { namespace: pod.metadata.namespace ?? "", name: owner?.name ?? "" };
    return valueAt(store.get(REPLICA_SET.storage, key), ["spec", "template", "spec"]);
  };
  const recorded = pods.map((pod) => ({ pod, template: templateOf(pod) }));
  return (pod) => {
    const template = templateOf(pod);
    const alike = recorded.filter((each) => template !== undefined && isDeepStrictEqual(each.template, template));
    return alike.some((each) => isReady(each.pod)) ? undefined : alike[0]?.pod;
  };
}
