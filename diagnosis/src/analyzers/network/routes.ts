import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, objectAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** One backend of an Ingress. */
export interface Route {
  readonly ingress: SnapshotObject;
  readonly service: string;
  /** Name or number of the Service's port. */
  readonly port: string | number | undefined;
  /** For people: `spec.rules[shop.example].paths[/api].backend.service`. */
  readonly path: string;
  /** JSON pointer of the backend's `service`. */
  readonly pointer: string;
}

/** The backends of an Ingress that are Services. */
export function routesOf(ingress: SnapshotObject): readonly Route[] {
  const fallback = routeAt(ingress, objectAt(ingress, "spec", "defaultBackend"), {
    path: "spec.defaultBackend.service",
    pointer: "/spec/defaultBackend/service",
  });
  const rules = objectsAt(ingress, "spec", "rules").flatMap((rule, position) =>
    objectsAt(rule, "http", "paths").flatMap((entry, index) =>
      routeAt(ingress, objectAt(entry, "backend"), {
        path: `spec.rules[${textAt(rule, "host") ?? "*"}].paths[${textAt(entry, "path") ?? "/"}].backend.service`,
        pointer: `/spec/rules/${position}/http/paths/${index}/backend/service`,
      }),
    ),
  );
  return [...fallback, ...rules];
}

function routeAt(ingress: SnapshotObject, backend: Json, at: Pick<Route, "path" | "pointer">): readonly Route[] {
  const service = textAt(backend, "service", "name");
  if (service === undefined || !isRecord(backend["service"])) return [];
  const port = valueAt(backend, "service", "port", "name") ?? valueAt(backend, "service", "port", "number");
  return [{ ingress, service, port: typeof port === "string" || typeof port === "number" ? port : undefined, ...at }];
}

/** The Ingresses that route to a Service. */
export function ingressesTo(index: SnapshotIndex, { metadata }: SnapshotObject): readonly SnapshotObject[] {
  return index
    .inNamespace("Ingress", metadata.namespace ?? "")
    .filter((ingress) => routesOf(ingress).some(({ service }) => service === metadata.name));
}
