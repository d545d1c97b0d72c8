import { clip, type Draft, draft, fromControlPlane, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { ageMs, condition } from "../../snapshot/pod-state.ts";
import { isOneNamespace, sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** An ordinary deletion takes as long as its pods take to stop; what waits for a finalizer shows sooner. */
const PATIENCE_MS = 2 * 60_000;
const REACTION_MS = 30_000;
/** The conditions that say what holds a deletion up, the first cause first. */
const BLOCKERS = [
  "NamespaceDeletionDiscoveryFailure",
  "NamespaceDeletionGroupVersionParsingFailure",
  "NamespaceDeletionContentFailure",
  "NamespaceFinalizersRemaining",
  "NamespaceContentRemaining",
];

/** Namespaces that are being deleted and do not go. */
export function namespaceDeletion(index: SnapshotIndex): readonly Draft[] {
  return index
    .ofKind("Namespace")
    .filter((one) => isStuck(index, one))
    .map((one) => namespaceFinding(index, one));
}

function isStuck(index: SnapshotIndex, one: SnapshotObject): boolean {
  if (isOneNamespace(index) && !sees(index, one.metadata.name)) return false;
  const since = ageMs(index.nowMs, one.metadata.deletionTimestamp) ?? 0;
  const remaining = condition(one, "NamespaceFinalizersRemaining");
  const waits = textAt(remaining, "status") === "True" && !ORDINARY.test(textAt(remaining, "message") ?? "");
  return since > (waits ? REACTION_MS : PATIENCE_MS);
}

/** Finalizers of the cluster itself, which wait for pods to stop. */
const ORDINARY = /\bkubernetes\.io\/|foregroundDeletion|orphan\b/;

function namespaceFinding(index: SnapshotIndex, one: SnapshotObject): Draft {
  const { name } = one.metadata;
  const blockers = BLOCKERS.flatMap((type) =>
    objectsAt(one, "status", "conditions").filter((item) => item["type"] === type && item["status"] === "True"),
  );
  const said = blockers.map((item) => clip(textAt(item, "message") ?? "", 300));
  const kept = index.snapshot.objects.filter(
    ({ metadata }) => metadata.namespace === name && textsAt(metadata, "finalizers").length > 0,
  );
  const services = index.ofKind("APIService").filter((service) => isDown(service));
  const because = said.length === 0 ? "its status does not say why" : said.join("; ");
  return draft({
    analyzer: "namespace-deletion",
    layer: "apart",
    severity: "error",
    subject: one,
    causeKey: blockers.map((item) => String(item["type"])).slice(0, 2),
    cause: `Namespace/${name} is being deleted since ${one.metadata.deletionTimestamp} and does not go: ${because}`,
    symptom: "does not go",
    restsOn: blockers[0]?.["type"] === BLOCKERS[0] ? services : kept,
    evidence: blockers.map((item) =>
      fromControlPlane(one, `status.conditions[${String(item["type"])}].message`, textAt(item, "message") ?? ""),
    ),
    explains: kept.slice(0, 20).map((object) => ({
      subject: subjectOf(object),
      symptom: `is kept by ${textsAt(object.metadata, "finalizers").join(", ")}`,
    })),
    fix: decision(
      kept.length > 0
        ? `let the controllers of the finalizers that remain finish their work (${[...new Set(kept.flatMap(({ metadata }) => textsAt(metadata, "finalizers")))].slice(0, 5).join(", ")})`
        : "restore the API that cannot be read, or clean up the objects that remain; removing the namespace's own finalizer leaves them behind",
    ),
  });
}

function isDown(service: SnapshotObject): boolean {
  return objectsAt(service, "status", "conditions").some(
    (item) => item["type"] === "Available" && item["status"] !== "True",
  );
}
