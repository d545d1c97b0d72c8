import type { Fix } from "@sre-agent/crds";
import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision, patchFix, pointerStep } from "../../findings/fix.ts";
import { isObserved } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, numberAt, objectAt, textAt } from "../../snapshot/json.ts";
import { carriesAll } from "../../snapshot/label-selector.ts";
import { sameWord } from "../../snapshot/nearest-name.ts";
import { podLabelsOf, podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { callsTo } from "../network/clients.ts";
import { failsToReach } from "../network/failing-client.ts";

/**
 * DaemonSets that run on no node although they are meant to: their nodeSelector differs from the nodes' labels by the
 * spelling alone, or somebody fails for want of them. One for nodes that are not there is a choice.
 */
export function idleDaemonSet(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Node") || index.ofKind("Node").length === 0) return [];
  return index
    .ofKind("DaemonSet")
    .filter((set) => isObserved(set) && numberAt(set, "status", "desiredNumberScheduled") === 0)
    .flatMap((set) => unmetLabel(index, set).flatMap((unmet) => idleFinding(index, set, unmet) ?? []));
}

interface Unmet {
  readonly key: string;
  readonly value: string;
  readonly carried: readonly string[];
  /** The value that the nodes have, where it is the same word. */
  readonly right: string | undefined;
}

/** The first pair of the nodeSelector that no node carries. */
function unmetLabel(index: SnapshotIndex, set: SnapshotObject): readonly Unmet[] {
  const labels = index.ofKind("Node").map((node) => objectAt(node, "metadata", "labels"));
  const wanted = Object.entries(objectAt(podSpecOf(set), "nodeSelector"));
  const unmet = wanted.filter(([key, value]) => labels.every((one) => one[key] !== value));
  return unmet.slice(0, 1).map(([key, found]) => {
    const value = String(found);
    const carried = [...new Set(labels.flatMap((one) => textAt(one, key) ?? []))].sort();
    return { key, value, carried, right: carried.find((one) => sameWord(one, value)) };
  });
}

function idleFinding(index: SnapshotIndex, set: SnapshotObject, unmet: Unmet): Draft | undefined {
  const { key, value, carried, right } = unmet;
  const services = index.inNamespace("Service", set.metadata.namespace ?? "").filter((service) => {
    const selector = objectAt(service, "spec", "selector");
    return isRecord(selector) && Object.keys(selector).length > 0 && carriesAll(podLabelsOf(set), selector);
  });
  const clients = services
    .flatMap((service) => callsTo(index, service))
    .filter(({ client, host }) => failsToReach(index, client, host))
    .map(({ client }) => client);
  if (right === undefined && clients.length === 0) return undefined;
  const field = `${podSpecPath(set)}.nodeSelector[${key}]`;
  const has = carried.length === 0 ? "no node has that label" : `nodes have ${carried.slice(0, 5).join(", ")}`;
  return draft({
    analyzer: "idle-daemon-set",
    layer: "creation",
    severity: clients.length > 0 ? "error" : "warning",
    subject: set,
    causeKey: [key],
    cause: `DaemonSet ${set.metadata.name} runs on no node: ${field} asks for ${value}, and ${has}`,
    symptom: "runs on no node",
    accountsFor: [...services, ...clients],
    evidence: [
      fromTenant(set, field, value),
      fromControlPlane(set, "status.desiredNumberScheduled", "0"),
      ...index
        .ofKind("Node")
        .slice(0, 3)
        .map((node) => fromControlPlane(node, `metadata.labels[${key}]`, node.metadata.labels?.[key] ?? "(absent)")),
    ],
    explains: [...new Set(clients)].map((client) => ({
      subject: subjectOf(client),
      symptom: `does not reach DaemonSet/${set.metadata.name}`,
    })),
    fix: selectorFix(set, unmet, field),
  });
}

function selectorFix(set: SnapshotObject, { key, value, right }: Unmet, field: string): Fix {
  if (right === undefined) return decision(`correct ${field}, or label the nodes that should run it`);
  const path = `${podSpecPointer(set)}/nodeSelector/${pointerStep(key)}`;
  return patchFix(
    set,
    [{ path, from: value, to: right }],
    `select nodes with ${key}=${right} instead of ${key}=${value}`,
  );
}
