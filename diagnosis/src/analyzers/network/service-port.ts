import type { Fix } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { valueAt } from "../../snapshot/json.ts";
import { mentionsPort } from "../../snapshot/mentioned-port.ts";
import { isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Backing, backingsOf } from "./backing.ts";
import {
  listening,
  type PodPort,
  type PodPorts,
  podPortsOf,
  runningSpec,
  type ServicePort,
  servicePortsOf,
} from "./pod-ports.ts";
import { serviceFinding } from "./service-finding.ts";

interface Wrong {
  /** After `Service/web port http (80)`. */
  readonly words: string;
  readonly field: "targetPort" | "protocol";
  /** The one value that is right beyond doubt. */
  readonly right: string | number | undefined;
}

/** Services that send to a port, or speak a protocol, that their pods do not have. */
export function servicePort(index: SnapshotIndex): readonly Draft[] {
  return backingsOf(index).flatMap((backing) => {
    const [workload] = backing.workloads;
    // The names of a headless Service lead to the pods themselves, on any port.
    if (workload === undefined || valueAt(backing.service, "spec", "clusterIP") === "None") return [];
    const specs = backing.workloads.map((one) => podPortsOf(runningSpec(index, one)));
    return servicePortsOf(backing.service).flatMap((port) => {
      const wrong = specs.map((ports) => wrongIn(backing, port, ports));
      const [first] = wrong;
      // One workload that serves the port is enough: the others may stand for another release.
      if (first === undefined || wrong.includes(undefined)) return [];
      return [portFinding(index, { ...backing, port, wrong: first, workload })];
    });
  });
}

function wrongIn(backing: Backing, port: ServicePort, ports: PodPorts): Wrong | undefined {
  return typeof port.target === "string" ? wrongName(port, ports, port.target) : wrongNumber(backing, port, ports);
}

function wrongName(port: ServicePort, { declared }: PodPorts, target: string): Wrong | undefined {
  const same = declared.filter(({ name }) => name === target);
  if (same.some(({ protocol }) => protocol === port.protocol)) return undefined;
  if (same[0]) return wrongProtocol(port, same[0]);
  const right = intended(port, declared);
  const their = declared.length === 0 ? "its pods name no port" : `the ports of its pods are ${list(declared)}`;
  return {
    field: "targetPort",
    words: `has targetPort "${target}", a name that no port of its pods has; ${their}`,
    right: right?.name ?? right?.number,
  };
}

function wrongNumber({ service, pods }: Backing, port: ServicePort, ports: PodPorts): Wrong | undefined {
  const target = Number(port.target);
  const same = ports.declared.filter(({ number }) => number === target);
  if (same.some(({ protocol }) => protocol === port.protocol)) return undefined;
  if (same[0]) return wrongProtocol(port, same[0]);
  if (ports.probed.includes(target)) return port.protocol === "UDP" ? wrongProtocol(port, tcp(target)) : undefined;
  if (mentionsPort(ports.text, target)) return undefined;
  const likely = ports.declared.length > 0 ? unserved(service, ports.declared) : evident(pods, ports);
  if (likely.length === 0) return undefined;
  return {
    field: "targetPort",
    words: `sends to targetPort ${target}; its pods listen on ${list(likely)}`,
    right: intended(port, likely)?.number,
  };
}

function wrongProtocol(port: ServicePort, { protocol, number }: PodPort): Wrong {
  return {
    field: "protocol",
    words: `has protocol ${port.protocol}; the port ${number} of its pods is ${protocol}`,
    right: protocol,
  };
}

/** Declared ports are documentation: a number beside them is wrong only when no port of the Service uses any of them. */
function unserved(service: SnapshotObject, declared: readonly PodPort[]): readonly PodPort[] {
  const targets = servicePortsOf(service).map(({ target }) => target);
  const used = declared.some(({ name, number }) => targets.includes(number) || (name && targets.includes(name)));
  return used ? [] : declared;
}

/** Of pods that declare nothing: what the probes of ready pods ask, else what their commands say. */
function evident(pods: readonly SnapshotObject[], { probed, text }: PodPorts): readonly PodPort[] {
  const asked = pods.some(isReady) ? probed.filter((port) => port > 0) : [];
  const numbers = new Set(asked.length > 0 ? asked : listening(text));
  return [...numbers].map(tcp);
}

function tcp(number: number): PodPort {
  return { name: undefined, number, protocol: "TCP" };
}

/** The port that is meant: the only one, else the one of the Service's own name or number. */
function intended(port: ServicePort, candidates: readonly PodPort[]): PodPort | undefined {
  const fitting = candidates.filter(({ protocol }) => protocol === port.protocol);
  const [only, ...others] = fitting;
  if (others.length === 0) return only;
  return fitting.find(({ name, number }) => number === port.port || (name !== undefined && name === port.name));
}

interface Found extends Backing {
  readonly port: ServicePort;
  readonly wrong: Wrong;
  readonly workload: SnapshotObject;
}

function portFinding(index: SnapshotIndex, { service, port, wrong, workload }: Found): Draft {
  const { name } = service.metadata;
  const path = `spec.ports[${port.name ?? port.port}].${wrong.field}`;
  const value = String(wrong.field === "protocol" ? port.protocol : port.target);
  const declared = podPortsOf(runningSpec(index, workload)).declared;
  return serviceFinding(index, service, {
    analyzer: "service-port",
    causeKey: [port.name ?? port.port, wrong.field],
    severity: servicePortsOf(service).length === 1 ? "critical" : "error",
    cause: `Service/${name} port ${port.words} ${wrong.words} (${workload.kind}/${workload.metadata.name})`,
    symptom: `port ${port.words} reaches nothing`,
    evidence: [
      fromTenant(service, path, value),
      fromTenant(workload, "spec.template.spec.containers[*].ports", declared.length > 0 ? list(declared) : "(none)"),
    ],
    change: lastEdit(service, "spec.ports"),
    fix: portFix(service, port, wrong),
  });
}

function portFix(service: SnapshotObject, { position, target, protocol, words }: ServicePort, wrong: Wrong): Fix {
  const { name } = service.metadata;
  const { field, right } = wrong;
  if (right === undefined)
    return decision(`set ${field} of port ${words} of Service/${name} to one that its pods have`);
  const from = field === "protocol" ? protocol : target;
  return patchFix(
    service,
    [{ path: `/spec/ports/${position}/${field}`, from, to: right }],
    `set ${field} of port ${words} of Service/${name} from ${from} to ${right}`,
  );
}

function list(ports: readonly PodPort[]): string {
  const words = ports.map(({ name, number, protocol }) => {
    const transport = protocol === "TCP" ? "" : `/${protocol}`;
    return name === undefined ? `${number}${transport}` : `${name} (${number}${transport})`;
  });
  return [...new Set(words)].slice(0, 10).join(", ");
}
