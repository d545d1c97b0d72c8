import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, textAt, textsAt } from "../../snapshot/json.ts";
import { matchesSelector } from "../../snapshot/label-selector.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { podLabelsOf, podSpecOf } from "../../snapshot/pod-template.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { latestUnresolved, type Said } from "./client-trouble.ts";
import { type Call, callsOf, callsTo } from "./clients.ts";
import { misnamed } from "./cluster-name.ts";
import { isUsed, serviceFinding } from "./service-finding.ts";

const IN_CLUSTER = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/;

/** Services that stand for a name which does not exist: by what was read, else by the words of those who call them. */
export function externalName(index: SnapshotIndex, service: SnapshotObject): readonly Draft[] {
  const external = textAt(service, "spec", "externalName")?.replace(/\.$/, "") ?? "";
  const wrong = malformed(index, service, external) ?? absent(index, external) ?? unresolved(index, service, external);
  return wrong === undefined ? [] : [nameFinding(index, service, { ...wrong, external })];
}

/** What DNS makes no alias of, or no name of a Service. */
function malformed(index: SnapshotIndex, { metadata }: SnapshotObject, external: string): WrongName | undefined {
  const home = metadata.namespace ?? "";
  if (/^\d+(?:\.\d+){3}$/.test(external))
    return { words: "an address, and DNS makes an alias of a name alone", right: undefined };
  const odd = misnamed(index, external, home);
  if (odd !== undefined)
    return { words: `which ${odd.words}: the name of the Service is ${odd.right}`, right: odd.right };
  const [name = "", namespace = home, svc, ...rest] = external.split(".");
  const short = rest.length === 0 && (svc === undefined || svc === "svc");
  if (!short || index.byName("Service", namespace, name) === undefined) return undefined;
  const right = `${name}.${namespace}.svc.cluster.local`;
  return {
    words: `which is not the whole name of Service/${name}: an alias knows no search domains; it is ${right}`,
    right,
  };
}

function absent(index: SnapshotIndex, external: string): WrongName | undefined {
  const [, name = "", namespace = ""] = IN_CLUSTER.exec(external) ?? [];
  if (name === "" || index.byName("Service", namespace, name)) return undefined;
  return sees(index, namespace) ? absentService(index, name, namespace) : absentNamespace(index, name, namespace);
}

function absentService(index: SnapshotIndex, name: string, namespace: string): WrongName {
  const names = index
    .inNamespace("Service", namespace)
    .filter(isNoAlias)
    .map(({ metadata }) => metadata.name);
  const near = nearestName(name, names);
  const few = names.length > 0 && names.length <= 3 ? `; it has Service/${names.join(", Service/")}` : "";
  const hint = elsewhere(index, name) || (near ? `; the nearest is Service/${near}` : few);
  const words = `and Service/${name} does not exist in namespace ${namespace}${hint}`;
  return { words, right: undefined, candidate: candidateFor(index, name) };
}

function absentNamespace(index: SnapshotIndex, name: string, namespace: string): WrongName | undefined {
  const namespaces = index.ofKind("Namespace").map(({ metadata }) => metadata.name);
  if (!index.knows("Namespace") || namespaces.length === 0 || namespaces.includes(namespace)) return undefined;
  const near = nearestName(namespace, namespaces);
  const hint = elsewhere(index, name) || (near ? `; the nearest is namespace ${near}` : "");
  return {
    words: `and namespace ${namespace} does not exist${hint}`,
    right: undefined,
    candidate: candidateFor(index, name),
  };
}

/** The namespaces in sight that have a Service of that name. */
function elsewhere(index: SnapshotIndex, name: string): string {
  const there = servicesCalled(index, name);
  const names = there.slice(0, 3).map(({ metadata }) => metadata.namespace);
  return names.length === 0 ? "" : `; namespace ${names.join(", ")} has Service/${name}`;
}

/** The one Service of that name in sight; whether it holds the same is for a person to know. */
function candidateFor(index: SnapshotIndex, name: string): string | undefined {
  const [only, ...others] = servicesCalled(index, name);
  return only === undefined || others.length > 0 ? undefined : `${name}.${only.metadata.namespace}.svc.cluster.local`;
}

function servicesCalled(index: SnapshotIndex, name: string): readonly SnapshotObject[] {
  return index.ofKind("Service").filter((service) => service.metadata.name === name && isNoAlias(service));
}

/** An alias of an alias leads nowhere new, and of itself in a circle. */
function isNoAlias(service: SnapshotObject): boolean {
  return textAt(service, "spec", "type") !== "ExternalName";
}

function unresolved(index: SnapshotIndex, service: SnapshotObject, external: string): WrongName | undefined {
  const said = lostBy(index, service);
  const [, name = ""] = IN_CLUSTER.exec(external) ?? [];
  if (said === undefined) return undefined;
  const hint = name === "" ? "" : elsewhere(index, name);
  return { words: `which does not resolve${hint}`, right: undefined, said, candidate: candidateFor(index, name) };
}

/** A client that resolves other names, and not that of the Service: it is the name behind it that does not exist. */
function lostBy(index: SnapshotIndex, service: SnapshotObject): Said | undefined {
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
    const { podSelector, egress } = objectAt(policy, "spec");
    const leaving = egress !== undefined || textsAt(policy, "spec", "policyTypes").includes("Egress");
    return leaving && matchesSelector(podSelector, podLabelsOf(client));
  });
  return held || !index.knows("NetworkPolicy") || dnsPolicy !== "ClusterFirst" || hostNetwork === true;
}

interface WrongName {
  readonly words: string;
  /** The name that was meant, where that is beyond doubt. */
  readonly right: string | undefined;
  readonly candidate?: string | undefined;
  readonly said?: Said;
}

interface Found extends WrongName {
  readonly external: string;
}

function nameFinding(
  index: SnapshotIndex,
  service: SnapshotObject,
  { external, words, right, candidate, said }: Found,
): Draft {
  const where = `Service/${service.metadata.name}`;
  const summary = `correct spec.externalName of ${where}`;
  const edit = { path: "/spec/externalName", from: textAt(service, "spec", "externalName"), to: right };
  return serviceFinding(index, service, {
    analyzer: "service-kind",
    causeKey: ["external-name"],
    severity: said !== undefined || isUsed(index, service) ? "error" : "warning",
    cause: `${where} has spec.externalName ${external}, ${words}`,
    symptom: "stands for a name that does not exist",
    evidence: [
      fromTenant(service, "spec.externalName", external),
      ...(said ? [fromTenant(said.object, said.path, said.line)] : []),
    ],
    change: lastEdit(service, "spec.externalName"),
    fix:
      right === undefined
        ? decision(
            `${summary}${candidate === undefined ? "" : ` (${candidate}, if that is meant)`}, or create what it names`,
          )
        : patchFix(service, [edit], `${summary}: ${right}`),
  });
}
