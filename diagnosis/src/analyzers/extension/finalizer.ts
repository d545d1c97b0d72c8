import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt, textsAt } from "../../snapshot/json.ts";
import { ageMs, isReady } from "../../snapshot/pod-state.ts";
import { isOneNamespace } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { mountersOf } from "../volumes/mounters.ts";

/** A controller that runs acts within seconds; a long clean-up may take minutes. */
const REACTION_MS = 15_000;
const PATIENCE_MS = 3 * 60_000;
/** Those of the cluster itself that wait for a user of the object to go. */
const PROTECTION: Readonly<Record<string, string>> = {
  "kubernetes.io/pvc-protection": "a pod still uses it",
  "kubernetes.io/pv-protection": "a claim is still bound to it",
  foregroundDeletion: "objects that it owns are still there",
  "service.kubernetes.io/load-balancer-cleanup": "its load balancer is not taken down yet",
};

/** Objects that are being deleted and do not go, because nobody takes their finalizer off. */
export function finalizer(index: SnapshotIndex): readonly Draft[] {
  return index.snapshot.objects.filter((object) => isHeld(index, object)).map((object) => heldFinding(index, object));
}

/** A namespace has conditions of its own; a pod waits for its kubelet. */
function isHeld(index: SnapshotIndex, { kind, metadata }: SnapshotObject): boolean {
  const since = ageMs(index.nowMs, metadata.deletionTimestamp) ?? 0;
  const [first] = textsAt(metadata, "finalizers");
  if (kind === "Namespace" || first === undefined) return false;
  if (metadata.namespace === undefined && isOneNamespace(index)) return false;
  return since > (PROTECTION[first] === undefined ? REACTION_MS : PATIENCE_MS);
}

/** For long, or its namespace waits for it. */
function isGrave(index: SnapshotIndex, { metadata }: SnapshotObject): boolean {
  const leaving = index.byName("Namespace", undefined, metadata.namespace ?? "")?.metadata.deletionTimestamp;
  return leaving !== undefined || (ageMs(index.nowMs, metadata.deletionTimestamp) ?? 0) > PATIENCE_MS;
}

function heldFinding(index: SnapshotIndex, object: SnapshotObject): Draft {
  const { kind, metadata } = object;
  const names = textsAt(metadata, "finalizers");
  const [first = ""] = names;
  const owner = controllerOf(index, first);
  const known = usersOf(index, object, first) ?? PROTECTION[first];
  const who =
    owner === undefined
      ? "its controller"
      : `${owner.kind}/${owner.metadata.name} in namespace ${owner.metadata.namespace}`;
  const state = owner === undefined ? "" : ` (${index.podsOf(owner).some(isReady) ? "it runs" : "it does not run"})`;
  return draft({
    analyzer: "finalizer",
    layer: "apart",
    severity: isGrave(index, object) ? "error" : "warning",
    subject: object,
    causeKey: [...names],
    cause: `${kind}/${metadata.name} is being deleted since ${metadata.deletionTimestamp} and is kept by finalizer ${names.join(", ")}: ${known ?? `${who}${state} has not taken it off`}`,
    symptom: `is kept by finalizer ${first}`,
    restsOn: owner === undefined ? [] : [owner],
    evidence: [
      fromTenant(object, "metadata.finalizers", names.join(", ")),
      fromTenant(object, "metadata.deletionTimestamp", metadata.deletionTimestamp ?? ""),
    ],
    fix: decision(
      known === undefined
        ? `get ${who} to finish the clean-up; take the finalizer off by hand only when nothing is left to clean up`
        : `decide whether ${kind}/${metadata.name} should go: it stays as long as ${known}, and nobody new gets it`,
    ),
  });
}

/** Who keeps a claim or a volume, by name. */
function usersOf(index: SnapshotIndex, object: SnapshotObject, finalizer: string): string | undefined {
  if (finalizer === "kubernetes.io/pv-protection") {
    const [namespace, name] = ["namespace", "name"].map((field) => textAt(object, "spec", "claimRef", field));
    return name && `PersistentVolumeClaim/${name} in namespace ${namespace} is still bound to it`;
  }
  if (finalizer !== "kubernetes.io/pvc-protection") return undefined;
  const users = mountersOf(index, object).map((one) => `${one.kind}/${one.metadata.name}`);
  return users.length === 0 ? undefined : `pods of ${users.slice(0, 5).join(", ")} still use it`;
}

/** The workload that a finalizer or an API group names: `backup.example.com/cleanup` belongs to backup-operator. */
export function controllerOf(index: SnapshotIndex, name: string): SnapshotObject | undefined {
  const words = name
    .split(/[./]/)
    .filter(
      (word) => word.length > 3 && !["kubernetes", "example", "cleanup", "finalizer", "protection"].includes(word),
    );
  const named = ["Deployment", "StatefulSet"]
    .flatMap((kind) => index.ofKind(kind))
    .filter(({ metadata }) => words.some((word) => metadata.name.split("-").includes(word)));
  const [only, ...others] = named;
  return others.length === 0 ? only : named.find(({ metadata }) => /controller|operator|manager/.test(metadata.name));
}
