import { parseAllDocuments } from "yaml";
import type { Scenario } from "./scenario.ts";

/** Where one run of a scenario stands: names that no other run has. */
export interface Place {
  readonly namespace: string;
  /** A second namespace, of whoever else is involved. */
  readonly other: string;
  readonly token: string;
  readonly port: number;
}

/** Stands in captures where a run has its own. */
export const CAPTURE_TOKEN = "x000";

const FIRST_PORT = 20_000;
const PORTS = 9_000;

/** A host port that only this run takes. */
export const portOf = (token: string): number => FIRST_PORT + (Number.parseInt(token, 36) % PORTS);

/** `orders` becomes `orders-<token>`. */
export function placeOf({ namespace }: Pick<Scenario, "namespace">, token: string): Place {
  return { namespace: `${namespace}-${token}`, other: `platform-${token}`, token, port: portOf(token) };
}

/** `${ns}`, `${other}`, `${token}`, `${port}` and `${now}` in a scenario's files. */
export function filled<Value>(value: Value, place: Place): Value {
  const values: Readonly<Record<string, string>> = {
    ns: place.namespace,
    other: place.other,
    token: place.token,
    port: String(place.port),
    now: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
  };
  return mapText(value, (text) => text.replace(/\$\{(ns|other|token|port|now)\}/g, (_, key) => values[key] ?? ""));
}

function mapText<Value>(value: Value, map: (text: string) => string): Value {
  if (typeof value === "string") return map(value) as Value;
  if (Array.isArray(value)) return value.map((item) => mapText(item, map)) as Value;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, mapText(member, map)])) as Value;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: object };
  readonly spec?: { readonly replicas?: number };
}

export const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "Namespace",
  "Node",
  "PersistentVolume",
  "StorageClass",
  "PriorityClass",
  "IngressClass",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "ValidatingWebhookConfiguration",
  "MutatingWebhookConfiguration",
]);

/** The objects of a YAML stream, each in its namespace. */
export function manifestsOf(text: string, place: Place): readonly Manifest[] {
  const filledIn = filled(text, place);
  return parseAllDocuments(filledIn)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null)
    .map((manifest) =>
      CLUSTER_SCOPED.has(manifest.kind)
        ? manifest
        : { ...manifest, metadata: { namespace: place.namespace, ...manifest.metadata } },
    );
}
