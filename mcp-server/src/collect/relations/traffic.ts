import {
  carriesAll,
  matchesSelector,
  numberAt,
  objectAt,
  objectsAt,
  podLabelsOf,
  type SnapshotIndex,
  type SnapshotObject,
  textAt,
} from "@sre-agent/diagnosis";
import { servicesFor } from "../related.ts";
import { podsByState } from "./ownership.ts";
import { type Relate, relation, runsPods } from "./relation.ts";
import { shown } from "./state.ts";

const inNamespaceOf = (index: SnapshotIndex, kind: string, { metadata }: SnapshotObject) =>
  index.inNamespace(kind, metadata.namespace ?? "");

/** Services whose selector the pods carry, with their ports and how many addresses are ready. */
export const services: Relate = (index, object) =>
  runsPods(object)
    ? relation(
        "services",
        servicesFor(index, object).map((service) => serviceText(index, service)),
      )
    : [];

function serviceText(index: SnapshotIndex, service: SnapshotObject): string {
  const ports = objectsAt(service, "spec", "ports").map(
    (port) => `${numberAt(port, "port")} → ${port["targetPort"] ?? numberAt(port, "port")}`,
  );
  return `Service/${service.metadata.name} (port ${ports.join(", ")}; ${endpointsText(index, service)})`;
}

function endpointsText(index: SnapshotIndex, service: SnapshotObject): string {
  if (!index.knows("EndpointSlice")) return "endpoints not read";
  const slices = inNamespaceOf(index, "EndpointSlice", service).filter(
    ({ metadata }) => metadata.labels?.["kubernetes.io/service-name"] === service.metadata.name,
  );
  const ready = slices
    .flatMap((slice) => objectsAt(slice, "endpoints"))
    .map((endpoint) => objectAt(endpoint, "conditions")["ready"] !== false);
  return `${ready.filter(Boolean).length} ready endpoints, ${ready.filter((each) => !each).length} not ready`;
}

/** Of a Service: the pods that its selector finds. */
export const selectedPods: Relate = (index, object) => {
  const selector = SELECTORS[object.kind]?.(object);
  if (selector === undefined) return [];
  const pods = inNamespaceOf(index, "Pod", object).filter(({ metadata }) => selector(metadata.labels));
  if (pods.length > 0) return relation("selects", podsByState(index, pods));
  return relation("selects", [index.knows("Pod") ? "no pod" : "pods not read"]);
};

type Selects = (object: SnapshotObject) => (labels: unknown) => boolean;

const SELECTORS: Readonly<Record<string, Selects>> = {
  Service: (object) => {
    const selector = objectAt(object, "spec", "selector");
    return (labels) => Object.keys(selector).length > 0 && carriesAll(labels, selector);
  },
  PodDisruptionBudget: (object) => (labels) => matchesSelector(objectAt(object, "spec", "selector"), labels),
  NetworkPolicy: (object) => (labels) => matchesSelector(objectAt(object, "spec", "podSelector"), labels),
};

export const endpoints: Relate = (index, object) =>
  object.kind === "Service" ? relation("endpoints", [endpointsText(index, object)]) : [];

/** Ingresses that lead to the object's Services, or to the Service itself. */
export const ingresses: Relate = (index, object) => {
  const names = new Set(
    (object.kind === "Service" ? [object] : servicesFor(index, object)).map(({ metadata }) => metadata.name),
  );
  const routes = inNamespaceOf(index, "Ingress", object).flatMap((ingress) =>
    objectsAt(ingress, "spec", "rules").flatMap((rule) =>
      objectsAt(rule, "http", "paths")
        .filter((path) => names.has(textAt(path, "backend", "service", "name") ?? ""))
        .map((path) => routeText(ingress, rule, path)),
    ),
  );
  return relation("ingresses", routes);
};

function routeText(ingress: SnapshotObject, rule: unknown, path: unknown): string {
  const port = objectAt(path, "backend", "service", "port");
  const service = textAt(path, "backend", "service", "name");
  const target = `Service/${service}:${port["number"] ?? port["name"]}`;
  return `Ingress/${ingress.metadata.name} (${textAt(rule, "host") ?? "*"}${textAt(path, "path") ?? "/"} → ${target})`;
}

/** Of an Ingress: the Services that it leads to, also those that do not exist. */
export const backends: Relate = (index, object) => {
  if (object.kind !== "Ingress") return [];
  const names = objectsAt(object, "spec", "rules")
    .flatMap((rule) => objectsAt(rule, "http", "paths"))
    .map((path) => textAt(path, "backend", "service", "name") ?? "");
  return relation(
    "leads to",
    [...new Set(names)].map((name) => {
      const service = index.byName("Service", object.metadata.namespace, name);
      if (service !== undefined) return serviceText(index, service);
      return `Service/${name} (${index.knows("Service") ? "does not exist" : "not read"})`;
    }),
  );
};

export const networkPolicies: Relate = (index, object) => {
  if (!runsPods(object)) return [];
  const labels = podLabelsOf(object);
  const policies = inNamespaceOf(index, "NetworkPolicy", object).filter((policy) =>
    matchesSelector(objectAt(policy, "spec", "podSelector"), labels),
  );
  return relation("network policies", policies.map(policyText));
};

function policyText(policy: SnapshotObject): string {
  const sides = (["ingress", "egress"] as const)
    .filter((side) => typesOf(policy).includes(side))
    .map((side) => `${objectsAt(policy, "spec", side).length} ${side} rules`);
  return `NetworkPolicy/${policy.metadata.name} (${sides.join(", ")})`;
}

function typesOf(policy: SnapshotObject): readonly string[] {
  const types = objectAt(policy, "spec")["policyTypes"];
  return Array.isArray(types) ? types.map((type) => String(type).toLowerCase()) : ["ingress"];
}

export const disruptionBudgets: Relate = (index, object) => {
  if (!runsPods(object)) return [];
  const labels = podLabelsOf(object);
  const budgets = inNamespaceOf(index, "PodDisruptionBudget", object).filter((each) =>
    matchesSelector(objectAt(each, "spec", "selector"), labels),
  );
  return relation(
    "disruption budgets",
    budgets.map((each) => shown(index, each)),
  );
};
