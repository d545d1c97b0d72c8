import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { valueAt } from "../../snapshot/json.ts";
import { type Backing, backingsOf } from "./backing.ts";
import { podPortsOf, runningSpec, type ServicePort, servicePortsOf } from "./pod-ports.ts";
import { serviceFinding } from "./service-finding.ts";

/** Services with two ports that each lead to the port of the pods that has the other one's name. */
export function crossedPorts(index: SnapshotIndex): readonly Draft[] {
  return backingsOf(index)
    .filter(({ service }) => valueAt(service, "spec", "clusterIP") !== "None")
    .flatMap((backing) => {
      const pair = crossedPair(index, backing);
      return pair === undefined ? [] : [crossedFinding(index, backing, pair)];
    });
}

type Pair = readonly [ServicePort, ServicePort];

function crossedPair(index: SnapshotIndex, { service, workloads }: Backing): Pair | undefined {
  const [workload] = workloads;
  if (workload === undefined) return undefined;
  const { declared } = podPortsOf(runningSpec(index, workload));
  const named = servicePortsOf(service).map((port) => ({
    port,
    leadsTo: declared.find(({ name, number }) => name === port.target || number === port.target)?.name,
  }));
  for (const one of named) {
    const twin = named.find(({ port }) => port.name !== undefined && port.name === one.leadsTo && port !== one.port);
    if (twin !== undefined && twin.leadsTo !== undefined && twin.leadsTo === one.port.name)
      return [one.port, twin.port];
  }
  return undefined;
}

function crossedFinding(index: SnapshotIndex, { service }: Backing, [one, other]: Pair): Draft {
  const where = `Service/${service.metadata.name}`;
  const edits = [one, other].map(({ position, target, name }) => ({
    path: `/spec/ports/${position}/targetPort`,
    from: target,
    to: name,
  }));
  const path = (port: ServicePort) => `spec.ports[${port.name}].targetPort`;
  return serviceFinding(index, service, {
    analyzer: "service-port",
    causeKey: ["crossed", one.position, other.position],
    severity: "error",
    cause: `${where} has two ports crossed: port ${one.words} leads to port ${other.name} of its pods (${path(one)} ${one.target}), and port ${other.words} to ${one.name} (${path(other)} ${other.target})`,
    symptom: "its ports lead to each other's",
    evidence: [one, other].map((port) => fromTenant(service, path(port), String(port.target))),
    change: lastEdit(service, "spec.ports"),
    fix: patchFix(service, edits, `let each of the two ports of ${where} lead to the port of its own name`),
  });
}
