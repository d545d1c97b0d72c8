import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";

/** A Service by its place, whether or not it exists. */
export interface Target {
  readonly namespace: string;
  readonly name: string;
}

const PUBLIC = new Set(["com", "org", "net", "io", "dev", "local", "internal", "cloud", "info", "example", "test"]);

/** What a host means by the search domains of a pod; a name of two labels is a Service only where such a namespace exists. */
export function targetOf(index: SnapshotIndex, namespace: string, host: string): Target | undefined {
  const labels = host.toLowerCase().split(".");
  const svc = labels.indexOf("svc");
  const [first = "", second] = labels;
  if (labels.length === 1) return { namespace, name: first };
  if (svc >= 2) return { name: labels[svc - 2] ?? first, namespace: labels[svc - 1] ?? namespace };
  if (second === undefined || labels.length > 2 || PUBLIC.has(second)) return undefined;
  return mayBeNamespace(index, first, second) ? { namespace: second, name: first } : undefined;
}

/** One that does not exist is meant only when the Service is found elsewhere, or the other way round. */
function mayBeNamespace(index: SnapshotIndex, service: string, name: string): boolean {
  if (index.snapshot.namespaces.includes(name) || index.byName("Namespace", undefined, name)) return true;
  const elsewhere = index.ofKind("Service").some(({ metadata }) => metadata.name === service);
  const swapped = index.byName("Service", service, name) !== undefined;
  return (elsewhere || swapped) && index.knows("Namespace");
}
