import { type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, valueAt } from "../../snapshot/json.ts";
import { ageMs, isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { controllerOf } from "./finalizer.ts";
import { awaitedFrom } from "./made-object.ts";

/** Longer than a controller takes for its first word. */
const PATIENCE_MS = 60_000;

/** A custom resource without any status, while what its controller should make of it is missed. */
export function unattended(index: SnapshotIndex, object: SnapshotObject): Draft | undefined {
  const { kind, metadata, apiVersion } = object;
  const young = (ageMs(index.nowMs, metadata.creationTimestamp) ?? 0) < PATIENCE_MS;
  if (young || Object.keys(objectAt(object, "status")).length > 0) return undefined;
  const awaited = awaitedFrom(index, object);
  if (awaited === undefined) return undefined;
  const controller = controllerOf(index, `${apiVersion.split("/")[0]}/${kind.toLowerCase()}`);
  const { words, advice } = stateOf(index, controller);
  const who = `${kind}/${metadata.name}`;
  return draft({
    analyzer: "custom-resource",
    layer: "apart",
    severity: "error",
    subject: object,
    causeKey: ["unattended"],
    cause: `${who} has no status, so no controller has taken it up, and Secret/${awaited.name}, which should come of it (${awaited.path}), does not exist; ${words}`,
    symptom: "no controller has taken it up",
    restsOn: controller === undefined ? [] : [controller],
    accountsFor: awaited.waiting,
    evidence: [
      fromControlPlane(object, "status", "(absent)"),
      fromTenant(object, awaited.path, awaited.name),
      ...(controller ? [fromTenant(controller, "spec.replicas", replicasOf(controller))] : []),
    ],
    fix: decision(`${advice}: it makes Secret/${awaited.name} of ${who}`),
  });
}

function replicasOf(controller: SnapshotObject): string {
  return String(valueAt(controller, "spec", "replicas") ?? 1);
}

function stateOf(index: SnapshotIndex, controller: SnapshotObject | undefined) {
  if (controller === undefined) {
    const words = "nothing that was read looks like its controller";
    return { words, advice: "install the controller of its kind, or find out why it does not see this namespace" };
  }
  const who = `${controller.kind}/${controller.metadata.name} in namespace ${controller.metadata.namespace}`;
  const looks = `${who}, by its name the controller,`;
  if (index.podsOf(controller).some(isReady))
    return { words: `${looks} runs`, advice: `find out why ${who} does not take it up` };
  const parked = valueAt(controller, "spec", "replicas") === 0;
  return {
    words: parked ? `${looks} has spec.replicas 0` : `${looks} does not run`,
    advice: parked ? `scale up ${who}` : `get ${who} to run again`,
  };
}
