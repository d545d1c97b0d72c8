import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { valueAt } from "../../snapshot/json.ts";
import { isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Backing, backingsOf } from "./backing.ts";
import { podPortsOf, runningSpec, type ServicePort, servicePortsOf } from "./pod-ports.ts";

/** Services whose named port only some of the workloads that they select have: the ready pods of the others get nothing. */
export function unevenPort(index: SnapshotIndex): readonly Draft[] {
  return backingsOf(index)
    .filter(({ service }) => valueAt(service, "spec", "clusterIP") !== "None")
    .flatMap((backing) => servicePortsOf(backing.service).flatMap((port) => unevenFinding(index, backing, port)));
}

function unevenFinding(index: SnapshotIndex, backing: Backing, port: ServicePort): readonly Draft[] {
  const { service } = backing;
  if (typeof port.target !== "string") return [];
  const ready = backing.workloads.filter((one) =>
    backing.pods.some((pod) => isReady(pod) && index.rootOf(pod) === one),
  );
  const groups = Map.groupBy(ready, (one) => podPortsOf(runningSpec(index, one)).declared.some(isNamed(port)));
  const [[has], [lacks]] = [groups.get(true) ?? [], groups.get(false) ?? []];
  if (has === undefined || lacks === undefined) return [];
  const where = `Service/${service.metadata.name}`;
  const names = portNames(index, lacks);
  return [
    draft({
      analyzer: "service-port",
      layer: "apart",
      severity: "warning",
      subject: service,
      causeKey: [port.name ?? port.port, "uneven"],
      cause: `${where} port ${port.words} has targetPort "${port.target}", which ${wordsOf(has)} has and ${wordsOf(lacks)} has not (its ports are ${names}): the ready pods of ${wordsOf(lacks)} get no traffic`,
      symptom: "sends nothing to some of the pods that it selects",
      evidence: [
        fromTenant(service, `spec.ports[${port.name ?? port.port}].targetPort`, port.target),
        fromTenant(lacks, "spec.template.spec.containers[*].ports", names),
      ],
      fix: decision(
        `name the port of ${wordsOf(lacks)} "${port.target}" as well, or let the selector of ${where} leave its pods out`,
      ),
    }),
  ];
}

function isNamed({ target, protocol }: ServicePort) {
  return (declared: { readonly name: string | undefined; readonly protocol: string }) =>
    declared.name === target && declared.protocol === protocol;
}

function portNames(index: SnapshotIndex, workload: SnapshotObject): string {
  const { declared } = podPortsOf(runningSpec(index, workload));
  return (
    declared.map(({ name, number }) => (name === undefined ? String(number) : `${name} (${number})`)).join(", ") ||
    "(none)"
  );
}

function wordsOf({ kind, metadata }: SnapshotObject): string {
  return `${kind}/${metadata.name}`;
}
