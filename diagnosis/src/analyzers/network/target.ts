import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";

/** A Service by its place, whether or not it exists. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
}

const PUBLIC = new Set(["com", "org", "net", "io", "dev", "local", "internal", "cloud", "info", "example", "test"]);

/**
 * What a host means by the search domains of a pod; a name of two labels is a Service only where such a namespace exists,
 * and what no Service can be called is one only where one is meant.
 */
export function targetOf(index: SnapshotIndex, namespace: string, host: string): Target | undefined {
  const target = placeOf(index, namespace, host.toLowerCase().split("."));
  return target === undefined || host === host.toLowerCase() || isNearService(index, target) ? target : undefined;
}

/** Name servers do not mind capitals, and no Service has any. */
function isNearService(index: SnapshotIndex, { namespace, name }: Target): boolean {
  const names = index.inNamespace("Service", namespace).map(({ metadata }) => metadata.name);
  return names.includes(name) || nearestName(name, names) !== undefined;
}

const SERVICE_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

function placeOf(index: SnapshotIndex, namespace: string, labels: readonly string[]): Target | undefined {
  const place = placeIn(labels);
  const [name = "", second] = labels.slice(place);
  if (!SERVICE_NAME.test(name)) return undefined;
  if (second === undefined) return { namespace, name };
  if (labels[place + 2] === "svc") return { namespace: second, name };
  if (labels.length > 2 || PUBLIC.has(second)) return undefined;
  return mayBeNamespace(index, name, second) ? { namespace: second, name } : undefined;
}

/** Which label names the Service, before that of its namespace; the name of a pod may stand before it. */
function placeIn(labels: readonly string[]): number {
  return Math.max(0, labels.indexOf("svc") - 2);
}

/** The same host with another Service or namespace. */
export function retargeted(host: string, { name, namespace }: Partial<Target>): string {
  const labels = host.split(".");
  const place = placeIn(labels);
  if (name !== undefined) labels[place] = name;
  if (namespace !== undefined) labels[place + 1] = namespace;
  return labels.join(".");
}

/** One that does not exist is meant only when the Service is found elsewhere, or the other way round. */
function mayBeNamespace(index: SnapshotIndex, service: string, name: string): boolean {
  if (index.snapshot.namespaces.includes(name) || index.byName("Namespace", undefined, name)) return true;
  const elsewhere = index.ofKind("Service").some(({ metadata }) => metadata.name === service);
  const swapped = index.byName("Service", service, name) !== undefined;
  return (elsewhere || swapped) && index.knows("Namespace");
}
