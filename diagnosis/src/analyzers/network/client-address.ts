import type { Fix, Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt, valueAt } from "../../snapshot/json.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { backingBehind, workloadsIn } from "./backing.ts";
import { complaint, type Said } from "./client-trouble.ts";
import { type Call, callsOf } from "./clients.ts";
import { type Misnamed, misnamed } from "./cluster-name.ts";
import { answeredWrongly, failsToReach } from "./failing-client.ts";
import { type Address, readdressed } from "./plain-address.ts";
import { servicePortsOf } from "./pod-ports.ts";
import { retargeted, type Target, targetOf } from "./target.ts";

/** What is wrong with an address, and the right one where it is beyond doubt. */
interface Wrong {
  readonly key: string;
  /** After `env API_URL of container web names`. */
  readonly words: string;
  /** Without it only a client that fails makes a finding. */
  readonly near: boolean;
  readonly right: Partial<Address> | undefined;
  readonly decide: string;
}

/** Workloads that are told to call a Service, or a port of one, that does not exist. */
export function clientAddress(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Service")) return [];
  const findings = callsOf(index).flatMap((call) => check(index, call));
  return [...new Map(findings.map((one) => [one.finding.id, one])).values()];
}

function check(index: SnapshotIndex, call: Call): readonly Draft[] {
  const wrong = wrongAddress(index, call);
  const isPort = wrong?.key === "port";
  // A host is wrong where it is written.
  if (wrong === undefined || (call.composed && !isPort)) return [];
  const { client, host } = call;
  // At a port of somebody else there may be an answer, and from who is not meant.
  const strange = isPort ? answeredWrongly(index, client, host) : undefined;
  const said = complaint(index, client, host) ?? strange;
  const fails = failsToReach(index, client, host) || strange !== undefined;
  return fails || isSure(call, wrong)
    ? [addressFinding(index, isPort ? atPort(call) : call, { wrong, fails, said })]
    : [];
}

/** A port that only the scheme implies is often not what is meant. */
function isSure({ certain, explicitPort }: Call, { near, key }: Wrong): boolean {
  return certain && near && (key !== "port" || explicitPort);
}

/** A port that stands in a setting of its own, as X_PORT of X_HOST, is wrong there. */
function atPort(call: Call): Call {
  return { ...call, ...call.portAt, portAt: call.portAt };
}

function wrongAddress(index: SnapshotIndex, call: Call): Wrong | undefined {
  if (isOwnAlias(call)) return undefined;
  const odd = misnamed(index, call.host, call.client.metadata.namespace ?? "");
  if (odd !== undefined) return wrongName(call, odd);
  if (call.target === undefined) return undefined;
  const { namespace, name } = call.target;
  // The API server's own Service is always there, whoever may not see it.
  if (namespace === "default" && name === "kubernetes") return undefined;
  const service = index.byName("Service", namespace, name);
  if (service !== undefined) return wrongPort(index, call, service);
  // The Service that a StatefulSet names and lacks is a fault of the set, not of its callers.
  const set = index.inNamespace("StatefulSet", namespace).find((one) => textAt(one, "spec", "serviceName") === name);
  return set === undefined ? missing(index, call) : undefined;
}

/** A name that the pod itself resolves. */
function isOwnAlias({ client, host }: Call): boolean {
  return JSON.stringify(valueAt(client, "spec", "template", "spec", "hostAliases") ?? "").includes(`"${host}"`);
}

function wrongName(call: Call, { words, right, certain }: Misnamed): Wrong {
  return {
    ...advice(call),
    key: "form",
    words: `${call.host}, which ${words}: the name of the Service is ${right}`,
    near: certain,
    right: { host: right },
  };
}

function missing(index: SnapshotIndex, call: Call): Wrong | undefined {
  const { namespace, name } = call.target ?? { namespace: "", name: "" };
  if (index.byName("Service", name, namespace)) return swapped(call, { namespace, name });
  if (!sees(index, namespace)) return missingNamespace(index, call);
  const here = index.inNamespace("Service", namespace).map(({ metadata }) => metadata.name);
  const homes = index.ofKind("Service").filter(({ metadata }) => metadata.name === name);
  const near = nearestName(name, here);
  const workload = workloadsIn(index, namespace).find(({ metadata }) => metadata.name === name);
  const base = `Service/${name} in namespace ${namespace}, which does not exist`;
  if (homes.length > 0) return elsewhere(call, homes, base);
  if (near !== undefined) {
    return {
      ...advice(call),
      key: "name",
      words: `${base}; the nearest is Service/${near}`,
      // Another version or place may be away on purpose.
      near: isSlip(name, near),
      right: isSlip(name, near) ? { host: retargeted(call.host, { name: near }) } : undefined,
    };
  }
  return absent(index, call, { base, workload });
}

/** Nothing has nearly that name. */
function absent(
  index: SnapshotIndex,
  call: Call,
  { base, workload }: { readonly base: string; readonly workload: SnapshotObject | undefined },
): Wrong {
  const { namespace, name } = call.target ?? { namespace: "", name: "" };
  const made = workload === undefined ? "" : `; ${workload.kind}/${name} runs without a Service of that name`;
  const other = workload === undefined ? onlyAtPort(index, call, namespace) : undefined;
  const offered = other === undefined ? "" : `; the only one there with port ${call.port} is Service/${other}`;
  const create = `create Service/${name} in namespace ${namespace}`;
  return {
    key: "missing",
    words: `${base}${made}${offered}`,
    near: workload !== undefined || call.host.includes(".svc"),
    right: undefined,
    decide:
      other === undefined
        ? `${create}, or ${advice(call).decide}`
        : `${advice(call).decide} (${other}, where that is meant), or ${create}`,
  };
}

/** Ports at which anything may be served. */
const COMMON = new Set([80, 443, 8000, 8080, 8443]);

/** The one Service that has the port; what the client serves itself is not meant. */
function onlyAtPort(index: SnapshotIndex, { port, client }: Call, namespace: string): string | undefined {
  if (port === undefined || COMMON.has(port)) return undefined;
  const [only, ...others] = index.inNamespace("Service", namespace).filter((service) => {
    const own = backingBehind(index, service)?.workloads.includes(client) ?? false;
    return !own && servicePortsOf(service).some((one) => one.port === port);
  });
  return others.length === 0 ? only?.metadata.name : undefined;
}

/** The namespace before the Service. */
function swapped(call: Call, { namespace, name }: Target): Wrong {
  const words = `Service/${name} in namespace ${namespace}, which does not exist; namespace ${name} has Service/${namespace}`;
  const host = retargeted(call.host, { name: namespace, namespace: name });
  return { ...advice(call), key: "order", words, near: true, right: { host } };
}

/** Only where one namespace has it there is no doubt which is meant. */
function elsewhere(call: Call, services: readonly SnapshotObject[], base: string): Wrong {
  const [first, ...others] = services;
  const homes = services.slice(0, 3).map(({ metadata }) => metadata.namespace);
  const name = first?.metadata.name ?? "";
  return {
    ...advice(call),
    key: "namespace",
    words: `${base}; namespace ${homes.join(", ")} has Service/${name}`,
    near: true,
    right: others.length === 0 ? { host: `${name}.${homes[0]}` } : undefined,
  };
}

function missingNamespace(index: SnapshotIndex, call: Call): Wrong | undefined {
  const { namespace, name } = call.target ?? { namespace: "", name: "" };
  if (!index.knows("Namespace") || index.byName("Namespace", undefined, namespace)) return undefined;
  if (index.ofKind("Namespace").length === 0) return undefined;
  const there = index.ofKind("Service").filter(({ metadata }) => metadata.name === name);
  const [only, ...others] = there.map(({ metadata }) => metadata.namespace ?? "");
  const right = others.length === 0 ? only : nearestName(namespace, [only ?? "", ...others]);
  const hint = right === undefined ? "" : `; Service/${name} is in namespace ${right}`;
  return {
    ...advice(call),
    key: "namespace",
    words: `Service/${name} in namespace ${namespace}, which does not exist${hint}`,
    near: true,
    right: right === undefined ? undefined : { host: retargeted(call.host, { namespace: right }) },
  };
}

/** A port that the Service does not have; of a headless one the pods answer on any port. */
function wrongPort(index: SnapshotIndex, call: Call, service: SnapshotObject): Wrong | undefined {
  const target = behindAlias(index, service);
  const ports = servicePortsOf(target);
  const open = ports.map(({ port }) => port);
  if (textAt(target, "spec", "type") === "ExternalName" || valueAt(target, "spec", "clusterIP") === "None")
    return undefined;
  if (call.port === undefined || open.length === 0 || open.includes(call.port)) return undefined;
  const [only, ...others] = open;
  const right = others.length === 0 ? only : undefined;
  const stands = target === service ? "" : `, which stands for Service/${target.metadata.name}`;
  return {
    ...advice(atPort(call)),
    key: "port",
    words: `port ${call.port} of Service/${service.metadata.name}${stands}, which has ${ports.map(({ words }) => words).join(", ")}`,
    near: true,
    right: right === undefined ? undefined : { port: right },
  };
}

/** An alias takes the port along to the Service that it stands for. */
function behindAlias(index: SnapshotIndex, service: SnapshotObject): SnapshotObject {
  const alias = textAt(service, "spec", "externalName");
  const meant = alias === undefined ? undefined : targetOf(index, "", alias);
  return (meant && index.byName("Service", meant.namespace, meant.name)) ?? service;
}

function advice({ words, path, client }: Call): Pick<Wrong, "decide"> {
  // What its log says was written somewhere that nobody saw.
  const spoken = /^log\[|\.message$|^event /.test(path);
  return {
    decide: spoken
      ? `correct the address that ${client.kind}/${client.metadata.name} calls`
      : `correct the address in ${words}`,
  };
}

/** A client that is well does not need what it names: only a slip of the pen is worth a warning then. */
function severityOf({ wrong, fails }: { readonly wrong: Wrong; readonly fails: boolean }): Severity {
  if (fails) return "error";
  return wrong.key === "missing" ? "info" : "warning";
}

function addressFinding(
  index: SnapshotIndex,
  call: Call,
  found: { readonly wrong: Wrong; readonly fails: boolean; readonly said: Said | undefined },
): Draft {
  const { wrong, fails, said } = found;
  const { client, source, words, path } = call;
  return draft({
    analyzer: "client-address",
    layer: fails && source === client ? "setting" : "apart",
    severity: severityOf(found),
    subject: source,
    causeKey: [path, wrong.key],
    cause: `${source === client ? `${client.kind}/${client.metadata.name}: ` : ""}${words} names ${wrong.words}`,
    symptom: `calls ${call.host}, which does not exist`,
    accountsFor: fails ? [client] : [],
    evidence: [
      fromTenant(source, path, call.port === undefined ? call.host : `${call.host} port ${call.port}`),
      ...(said ? [fromTenant(said.object, said.path, clip(said.line, 500))] : []),
    ],
    explains: [],
    change: source === client ? undefined : lastEdit(source, "data"),
    fix: addressFix(index, call, wrong),
  });
}

/** The setting with the one right host or port; only where its whole value may be shown. */
function addressFix(index: SnapshotIndex, call: Call, { right, decide }: Wrong): Fix {
  const { source, setting, host } = call;
  const words = right && (right.host ?? `${host}:${right.port}`);
  const summary = words === undefined ? decide : `${decide}: ${words}`;
  const to = setting && right && corrected(call, setting.value, right);
  if (setting === undefined || to === undefined || isClosed(index, call, right?.host)) return decision(summary);
  return patchFix(source, [{ path: setting.pointer, from: setting.value, to }], summary);
}

function corrected({ host, port, portAt }: Call, value: string, right: Partial<Address>): string | undefined {
  const isPort = portAt !== undefined && right.port !== undefined;
  return isPort ? String(right.port) : readdressed(value, { host, port }, right);
}

/** The Service that is meant has no such port either. */
function isClosed(index: SnapshotIndex, call: Call, right: string | undefined): boolean {
  const open = right === undefined ? undefined : portsOf(index, call, right);
  return call.explicitPort && call.port !== undefined && open !== undefined && !open.includes(call.port);
}

/** The ports of the Service that is meant instead. */
function portsOf(index: SnapshotIndex, { client }: Call, host: string): readonly number[] | undefined {
  const [name = "", namespace] = host.split(".");
  const service = index.byName("Service", namespace ?? client.metadata.namespace, name);
  return service === undefined ? undefined : servicePortsOf(service).map(({ port }) => port);
}
