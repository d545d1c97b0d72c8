import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, textAt } from "../../snapshot/json.ts";
import { matchesSelector } from "../../snapshot/label-selector.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { podLabelsOf, podSpecOf } from "../../snapshot/pod-template.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { latestUnresolved, type Said } from "./client-trouble.ts";
import { type Call, callsOf, callsTo } from "./clients.ts";
import { serviceFinding } from "./service-finding.ts";

const IN_CLUSTER = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/;

/** Services that stand for a name which does not exist: by what was read, else by the words of those who call them. */
export function externalName(index: SnapshotIndex, service: SnapshotObject): readonly Draft[] {
  const external = textAt(service, "spec", "externalName") ?? "";
  const [, name = "", namespace = ""] = IN_CLUSTER.exec(external) ?? [];
  if (name !== "" && sees(index, namespace)) return absent(index, service, { external, name, namespace });
  const said = unresolved(index, service);
  return said === undefined ? [] : [nameFinding(index, service, { external, words: "which does not resolve", said })];
}

interface Target {
  readonly external: string;
  readonly name: string;
  readonly namespace: string;
}

function absent(index: SnapshotIndex, service: SnapshotObject, { external, name, namespace }: Target) {
  if (index.byName("Service", namespace, name)) return [];
  const names = index.inNamespace("Service", namespace).map(({ metadata }) => metadata.name);
  const near = nearestName(name, names);
  const few = names.length > 0 && names.length <= 3 ? `; it has Service/${names.join(", Service/")}` : "";
  const words = `and Service/${name} does not exist in namespace ${namespace}${near ? `; the nearest is Service/${near}` : few}`;
  return [nameFinding(index, service, { external, words })];
}

/** A client that resolves other names, and not that of the Service: it is the name behind it that does not exist. */
function unresolved(index: SnapshotIndex, service: SnapshotObject): Said | undefined {
  const complaints = callsTo(index, service).map((call) => {
    const others = callsOf(index).filter(({ client, target }) => client === call.client && target !== call.target);
    const lost = others.some((other) => latestUnresolved(index, other.client, other.host) !== undefined);
    return lost || mayLackDns(index, call) ? undefined : latestUnresolved(index, call.client, call.host);
  });
  return complaints.find((said) => said !== undefined);
}

/** A policy may keep the client from the name server, and its DNS policy from that of the cluster. */
function mayLackDns(index: SnapshotIndex, { client }: Call): boolean {
  const { dnsPolicy = "ClusterFirst", hostNetwork } = podSpecOf(client);
  const policies = index.inNamespace("NetworkPolicy", client.metadata.namespace ?? "");
  const held = policies.some((policy) => {
    const { podSelector, policyTypes, egress } = objectAt(policy, "spec");
    const leaving = egress !== undefined || (Array.isArray(policyTypes) && policyTypes.includes("Egress"));
    return leaving && matchesSelector(podSelector, podLabelsOf(client));
  });
  return held || !index.knows("NetworkPolicy") || dnsPolicy !== "ClusterFirst" || hostNetwork === true;
}

interface WrongName {
  readonly external: string;
  readonly words: string;
  readonly said?: Said;
}

function nameFinding(index: SnapshotIndex, service: SnapshotObject, { external, words, said }: WrongName): Draft {
  const where = `Service/${service.metadata.name}`;
  return serviceFinding(index, service, {
    analyzer: "service-kind",
    causeKey: ["external-name"],
    severity: "error",
    cause: `${where} has spec.externalName ${external}, ${words}`,
    symptom: "stands for a name that does not exist",
    evidence: [
      fromTenant(service, "spec.externalName", external),
      ...(said ? [fromTenant(said.object, said.path, said.line)] : []),
    ],
    change: lastEdit(service, "spec.externalName"),
    fix: decision(`correct spec.externalName of ${where}, or create what it names`),
  });
}
