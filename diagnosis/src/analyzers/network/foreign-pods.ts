import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix, pointerStep } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt } from "../../snapshot/json.ts";
import { mentionsPort } from "../../snapshot/mentioned-port.ts";
import { podLabelsOf, podSpecOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Backing } from "./backing.ts";
import { complaint } from "./client-trouble.ts";
import { callsTo } from "./clients.ts";
import { type PodPorts, podPortsOf, runningSpec, servicePortsOf } from "./pod-ports.ts";
import { failingClients, serviceFinding } from "./service-finding.ts";

/** Labels by which people tell one application from another. */
const IDENTITY = ["app.kubernetes.io/name", "app.kubernetes.io/component", "k8s-app", "app", "name", "component"];

interface Mixed {
  readonly own: SnapshotObject;
  readonly foreign: readonly SnapshotObject[];
  readonly why: string;
  readonly sure: boolean;
  /** From what is not to be seen: a person decides. */
  readonly inferred?: boolean;
}

/** A second workload behind the Service that is another application. */
export function foreignPods(index: SnapshotIndex, backing: Backing): readonly Draft[] {
  const { service, selector } = backing;
  const mixed = mixedByPort(index, backing) ?? mixedBySilence(index, backing) ?? mixedByName(index, backing);
  const key = mixed && identityOf(mixed);
  if (mixed === undefined || key === undefined) return [];
  const { own, foreign, why, sure } = mixed;
  const names = foreign.map(({ kind, metadata }) => `${kind}/${metadata.name}`).join(", ");
  const value = String(podLabelsOf(own)[key]);
  const asked = pairs(selector);
  const { name } = service.metadata;
  const summary = `let Service/${name} select the pods of ${own.kind}/${own.metadata.name} alone: ${key}=${value}`;
  return [
    serviceFinding(index, service, {
      analyzer: "service-spread",
      causeKey: ["foreign"],
      severity: sure ? "error" : "warning",
      cause: `Service/${name} selects ${asked}, which also the pods of ${names} carry; ${why} ${own.kind}/${own.metadata.name} (${key}=${value})`,
      symptom: "some requests go to pods of another application",
      evidence: [
        fromTenant(service, "spec.selector", asked),
        ...foreign.map((one) => fromTenant(one, "spec.template.metadata.labels", pairs(podLabelsOf(one)))),
        ...(mixed.inferred === true ? refusedCalls(index, service) : []),
      ],
      change: lastEdit(service, "spec.selector"),
      fix:
        selector[key] === undefined && mixed.inferred !== true
          ? patchFix(service, [{ path: `/spec/selector/${pointerStep(key)}`, to: value }], summary)
          : decision(summary),
    }),
  ];
}

/** Some workloads declare the port that the Service sends to, and others declare ports without it. */
function mixedByPort(index: SnapshotIndex, { service, workloads }: Backing): Mixed | undefined {
  const ports = servicePortsOf(service);
  const serving = workloads.filter((workload) => ports.every(({ target }) => serves(index, workload, target)));
  const foreign = workloads.filter((workload) => !serving.includes(workload) && declares(index, workload));
  const [own] = serving;
  if (own === undefined || foreign.length === 0) return undefined;
  const why = `these do not serve port ${ports.map(({ words }) => words).join(", ")}, unlike those of`;
  return { own, foreign, why, sure: true };
}

/** Some workloads show the port by a probe or in their commands, others show nothing like it, and callers are refused. */
function mixedBySilence(index: SnapshotIndex, { service, workloads }: Backing): Mixed | undefined {
  const [port, ...others] = servicePortsOf(service).map(({ target }) => target);
  if (typeof port !== "number" || others.length > 0 || failingClients(index, service).length === 0) return undefined;
  const known = new Map(workloads.map((one) => [one, podPortsOf(runningSpec(index, one))]));
  const foreign = workloads.filter((one) => {
    const ports = known.get(one);
    // What an image starts by itself says nothing.
    const commanded = objectsAt(podSpecOf(one), "containers").every(({ command }) => Array.isArray(command));
    return ports !== undefined && commanded && !shows(ports, port);
  });
  const [own] = workloads.filter((one) => shows(known.get(one), port));
  if (own === undefined || foreign.length === 0) return undefined;
  const why = `nothing shows that these listen on port ${port}, unlike those of`;
  return { own, foreign, why, sure: true, inferred: true };
}

function refusedCalls(index: SnapshotIndex, service: SnapshotObject) {
  const said = callsTo(index, service).flatMap(({ client, host }) => complaint(index, client, host) ?? []);
  return said.slice(0, 1).map(({ object, path, line }) => fromTenant(object, path, clip(line, 500)));
}

function shows(ports: PodPorts | undefined, target: number): boolean {
  if (ports === undefined) return false;
  const numbers = [...ports.declared.map(({ number }) => number), ...ports.probed];
  return numbers.includes(target) || mentionsPort(ports.text, target);
}

/** One workload goes by the Service's name, and another one has a Service of its own. */
function mixedByName(index: SnapshotIndex, { service, workloads }: Backing): Mixed | undefined {
  const { name, namespace } = service.metadata;
  const own = workloads.find(({ metadata }) => metadata.name === name);
  const others = workloads.filter((workload) => workload !== own && !workload.metadata.name.startsWith(name));
  const foreign = others.filter((one) => own && IDENTITY.some((label) => differ(own, one, label)));
  if (own === undefined || foreign.length === 0) return undefined;
  const sure = foreign.every(({ metadata }) => index.byName("Service", namespace, metadata.name) !== undefined);
  return { own, foreign, why: "by its name it is for", sure };
}

/** The label that tells them apart. */
function identityOf({ own, foreign }: Mixed): string | undefined {
  return IDENTITY.find((label) => foreign.every((one) => differ(own, one, label)));
}

function pairs(labels: Json): string {
  const written = Object.entries(labels).map(([key, value]) => `${key}=${String(value)}`);
  return written.slice(0, 10).join(",");
}

function serves(index: SnapshotIndex, workload: SnapshotObject, target: string | number): boolean {
  return podPortsOf(runningSpec(index, workload)).declared.some(
    ({ name, number }) => target === number || target === name,
  );
}

function declares(index: SnapshotIndex, workload: SnapshotObject): boolean {
  return podPortsOf(runningSpec(index, workload)).declared.length > 0;
}

function differ(own: SnapshotObject, other: SnapshotObject, label: string): boolean {
  const [mine, theirs] = [podLabelsOf(own)[label], podLabelsOf(other)[label]];
  return typeof mine === "string" && typeof theirs === "string" && mine !== theirs;
}
