import { lastEdit } from "../../changes/last-edit.ts";
import { lastWrite } from "../../changes/last-write.ts";
import { clip, type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { isCustom } from "../../snapshot/custom-kind.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, numberAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { ageMs, isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type BlamedField, blamedField } from "./blamed-field.ts";
import { controllerOf } from "./finalizer.ts";
import { type Awaited, awaitedFrom } from "./made-object.ts";
import { unattended } from "./unattended.ts";

/** Conditions that say whether a controller took an object and did what it asks for; the most telling first. */
const TYPES = [
  "Accepted",
  "Valid",
  "Synced",
  "ResolvedRefs",
  "Reconciled",
  "Programmed",
  "Applied",
  "Healthy",
  "Ready",
];
/** Reasons of work that goes on. */
const GOES_ON =
  /progress|pending|wait|creat|provision|initiali|install|upgrad|start|unknown|suspend|pause|delet|terminat/i;
const PATIENCE_MS = 30_000;
const LONG_MS = 10 * 60_000;

/** Custom resources that their controller rejects or cannot carry out, or that it does not look at because it is down. */
export function customResource(index: SnapshotIndex): readonly Draft[] {
  return index.snapshot.objects
    .filter(({ apiVersion, metadata }) => isCustom(apiVersion) && metadata.deletionTimestamp === undefined)
    .filter((object) => !isSuspended(object))
    .flatMap((object) => unattended(index, object) ?? unobserved(index, object) ?? refused(index, object) ?? []);
}

function isSuspended(object: SnapshotObject): boolean {
  return ["suspend", "suspended", "paused"].some((field) => valueAt(object, "spec", field) === true);
}

function refused(index: SnapshotIndex, object: SnapshotObject): Draft | undefined {
  const found = refusalOf(index, object);
  if (found === undefined) return undefined;
  const [type = "", reason = "", message = ""] = ["type", "reason", "message"].map((name) => textAt(found, name));
  const field = blamedField(object, message);
  const name = `${object.kind}/${object.metadata.name}`;
  const status = textAt(found, "status") ?? "";
  const awaited = missedFrom(index, object, message);
  return draft({
    analyzer: "custom-resource",
    layer: "apart",
    severity: field === undefined && awaited === undefined ? "warning" : "error",
    subject: object,
    causeKey: [type, reason],
    cause: `${name} is not reconciled: ${type} is ${status} (${reason}): ${clip(message, 400)}${fieldWords(field)}${awaitedWords(awaited)}`,
    symptom: `${type} is ${status} (${reason})`,
    restsOn: index.snapshot.objects.filter((each) => isOwned(each, object)),
    accountsFor: awaited?.waiting ?? [],
    evidence: [
      fromControlPlane(object, `status.conditions[${type}].reason`, reason),
      fromControlPlane(object, `status.conditions[${type}].message`, message),
      ...(field === undefined ? [] : [fromTenant(object, field.path, field.value)]),
    ],
    change: lastEdit(object, "spec"),
    fix: decision(
      field === undefined
        ? `correct what its condition names: ${message}`
        : `correct ${field.path} of ${name}: ${message}`,
    ),
  });
}

function fieldWords(field: BlamedField | undefined): string {
  return field === undefined ? "" : `; ${field.path} is ${field.value}`;
}

/** What others wait for; a Secret that the condition itself misses is one that it reads. */
function missedFrom(index: SnapshotIndex, object: SnapshotObject, message: string): Awaited | undefined {
  const awaited = awaitedFrom(index, object);
  return awaited !== undefined && awaited.path === "spec.secretName" && message.includes(awaited.name)
    ? undefined
    : awaited;
}

function awaitedWords(awaited: Awaited | undefined): string {
  return awaited === undefined
    ? ""
    : `; Secret/${awaited.name}, which should come of it (${awaited.path}), does not exist`;
}

function isOwned({ metadata }: SnapshotObject, owner: SnapshotObject): boolean {
  return metadata.ownerReferences?.some(({ uid }) => uid === owner.metadata.uid) ?? false;
}

/** The most telling condition that has said no for longer than a controller takes to try again. */
function refusalOf(index: SnapshotIndex, object: SnapshotObject): Json | undefined {
  const conditions = objectsAt(object, "status", "conditions");
  const no = TYPES.flatMap((type) => conditions.filter((one) => one["type"] === type && one["status"] === "False"));
  const stalled = conditions.filter((one) => one["type"] === "Stalled" && one["status"] === "True");
  return [...stalled, ...no].find((one) => {
    const reason = textAt(one, "reason") ?? "";
    const since = ageMs(index.nowMs, textAt(one, "lastTransitionTime")) ?? 0;
    return reason !== "" && since > (GOES_ON.test(reason) ? LONG_MS : PATIENCE_MS);
  });
}

/** Its spec was written, its status is of an earlier one, and no pod of its controller is ready. */
function unobserved(index: SnapshotIndex, object: SnapshotObject): Draft | undefined {
  const { kind, metadata, apiVersion } = object;
  const seen = numberAt(object, "status", "observedGeneration");
  const { generation = 0 } = metadata;
  const age = ageMs(index.nowMs, lastWrite(object, "spec")?.at ?? metadata.creationTimestamp) ?? 0;
  if (seen === undefined || seen >= generation || age < PATIENCE_MS) return undefined;
  const controller = controllerOf(index, `${apiVersion.split("/")[0]}/${kind.toLowerCase()}`);
  if (controller === undefined || index.podsOf(controller).some(isReady)) return undefined;
  const who = `${controller.kind}/${controller.metadata.name} in namespace ${controller.metadata.namespace}`;
  return draft({
    analyzer: "custom-resource",
    layer: "apart",
    severity: "error",
    subject: object,
    causeKey: ["unobserved"],
    cause: `${kind}/${metadata.name} is not reconciled: its generation is ${generation}, its status is of generation ${seen}, and ${who}, which would reconcile it, does not run`,
    symptom: `is not reconciled since generation ${seen}`,
    restsOn: [controller],
    evidence: [
      fromControlPlane(object, "metadata.generation", String(generation)),
      fromControlPlane(object, "status.observedGeneration", String(seen)),
      fromControlPlane(
        controller,
        "status.readyReplicas",
        String(numberAt(controller, "status", "readyReplicas") ?? 0),
      ),
    ],
    change: lastEdit(object, "spec"),
    fix: decision(`get ${who} to run again`),
  });
}
