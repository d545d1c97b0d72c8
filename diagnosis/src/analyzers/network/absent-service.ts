import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { sees } from "../../snapshot/scope.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type AddressFault, advice } from "./address-fault.ts";
import { backingBehind, workloadsIn } from "./backing.ts";
import type { Call } from "./clients.ts";
import { servicePortsOf } from "./pod-ports.ts";
import { retargeted, type Target } from "./target.ts";

/** A Service that does not exist, with the one that is meant where there is a hint of it. */
export function absentService(index: SnapshotIndex, call: Call): AddressFault | undefined {
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
): AddressFault {
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
function swapped(call: Call, { namespace, name }: Target): AddressFault {
  const words = `Service/${name} in namespace ${namespace}, which does not exist; namespace ${name} has Service/${namespace}`;
  const host = retargeted(call.host, { name: namespace, namespace: name });
  return { ...advice(call), key: "order", words, near: true, right: { host } };
}

/** Only where one namespace has it there is no doubt which is meant. */
function elsewhere(call: Call, services: readonly SnapshotObject[], base: string): AddressFault {
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

function missingNamespace(index: SnapshotIndex, call: Call): AddressFault | undefined {
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
