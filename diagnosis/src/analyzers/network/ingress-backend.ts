import type { Fix } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type ServicePort, servicePortsOf } from "./pod-ports.ts";
import { type Route, routesOf } from "./routes.ts";

/** Ingresses whose backend names a Service, or a port of one, that does not exist. */
export function ingressBackend(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Service")) return [];
  return index.ofKind("Ingress").flatMap((ingress) => distinct(routesOf(ingress)).flatMap((one) => check(index, one)));
}

/** One finding for a backend, however many paths lead to it. */
function distinct(routes: readonly Route[]): readonly Route[] {
  return [...new Map(routes.map((route) => [`${route.service}:${route.port}`, route])).values()];
}

function check(index: SnapshotIndex, route: Route): readonly Draft[] {
  const service = index.byName("Service", route.ingress.metadata.namespace, route.service);
  if (service === undefined) return [missingService(index, route)];
  const ports = servicePortsOf(service);
  const fits = ports.some(({ name, port }) => route.port === port || (name !== undefined && route.port === name));
  return fits || ports.length === 0 || route.port === undefined ? [] : [missingPort(route, service, ports)];
}

function missingService(index: SnapshotIndex, route: Route): Draft {
  const services = index.inNamespace("Service", route.ingress.metadata.namespace ?? "");
  const near = nearestName(
    route.service,
    services.map(({ metadata }) => metadata.name),
  );
  const hint = near === undefined ? "" : `; the nearest is Service/${near}`;
  const summary = `let ${route.path} of Ingress/${route.ingress.metadata.name} name a Service that exists`;
  return backendFinding(route, {
    key: ["service", route.service],
    cause: `routes to Service/${route.service}, which does not exist in its namespace${hint}`,
    value: route.service,
    field: "name",
    fix:
      near === undefined || !isSlip(route.service, near)
        ? decision(`${summary}, or create Service/${route.service}`)
        : patchFix(
            route.ingress,
            [{ path: `${route.pointer}/name`, from: route.service, to: near }],
            `${summary}: ${near}`,
          ),
  });
}

function missingPort(route: Route, service: SnapshotObject, ports: readonly ServicePort[]): Draft {
  const { name } = service.metadata;
  return backendFinding(route, {
    key: ["port", route.service, route.port ?? ""],
    cause: `routes to port ${route.port} of Service/${name}, which has ${ports.map(({ words }) => words).join(", ")}`,
    value: String(route.port),
    field: typeof route.port === "number" ? "port.number" : "port.name",
    fix: portFix(route, service, ports),
  });
}

function portFix({ ingress, port, path, pointer }: Route, service: SnapshotObject, ports: readonly ServicePort[]): Fix {
  const near = ports.find(({ name }) => typeof port === "string" && name !== undefined && nearestName(port, [name]));
  const right = ports.length === 1 ? ports[0] : near;
  const summary = `let ${path} of Ingress/${ingress.metadata.name} name a port of Service/${service.metadata.name}`;
  if (right === undefined) return decision(`${summary}: ${ports.map(({ words }) => words).join(" or ")}`);
  const [field, other, to] =
    typeof port === "string" && right.name !== undefined
      ? (["name", "number", right.name] as const)
      : (["number", "name", right.port] as const);
  const replaced = (typeof port === "string") === (field === "name");
  const edits = replaced
    ? [{ path: `${pointer}/port/${field}`, from: port, to }]
    : [
        { path: `${pointer}/port/${other}`, from: port },
        { path: `${pointer}/port/${field}`, to },
      ];
  return patchFix(ingress, edits, `${summary}: ${to}`);
}

interface Wrong {
  readonly key: readonly (string | number)[];
  readonly cause: string;
  readonly field: string;
  readonly value: string;
  readonly fix: Fix;
}

function backendFinding({ ingress, path }: Route, { key, cause, field, value, fix }: Wrong): Draft {
  return draft({
    analyzer: "ingress-backend",
    layer: "apart",
    severity: "error",
    subject: ingress,
    causeKey: key,
    cause: `Ingress/${ingress.metadata.name} ${cause} (${path})`,
    symptom: `backend ${value} does not exist`,
    evidence: [fromTenant(ingress, `${path}.${field}`, value)],
    change: lastEdit(ingress, "spec.rules") ?? lastEdit(ingress, "spec.defaultBackend"),
    fix,
  });
}
