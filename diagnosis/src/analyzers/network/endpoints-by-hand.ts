import type { Fix } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type ServicePort, servicePortsOf } from "./pod-ports.ts";
import { serviceFinding } from "./service-finding.ts";

/**
 * Services without a selector whose EndpointSlices name their ports otherwise: traffic goes by the name of the port, its
 * number does not count. Endpoints that a controller makes have the names of their Service.
 */
export function endpointsByHand(index: SnapshotIndex, service: SnapshotObject): readonly Draft[] {
  const { name, namespace = "" } = service.metadata;
  if (Object.keys(objectAt(service, "spec", "selector")).length > 0 || !index.knows("EndpointSlice")) return [];
  const slices = index
    .selectedBy({ "kubernetes.io/service-name": name }, "EndpointSlice", namespace)
    .filter((slice) => objectsAt(slice, "endpoints").length > 0);
  const [slice] = slices;
  const named = slices.flatMap(portNames);
  const lost = servicePortsOf(service).filter((port) => !named.includes(port.name ?? ""));
  return slice === undefined ? [] : lost.map((port) => portFinding(index, { service, slice, port, named }));
}

function portNames(slice: SnapshotObject): readonly string[] {
  return objectsAt(slice, "ports").map((port) => textAt(port, "name") ?? "");
}

interface Lost {
  readonly service: SnapshotObject;
  readonly slice: SnapshotObject;
  readonly port: ServicePort;
  readonly named: readonly string[];
}

function portFinding(index: SnapshotIndex, lost: Lost): Draft {
  const { service, slice, port, named } = lost;
  const asked = port.name ?? "";
  const theirs = [...new Set(named)].map((name) => (name === "" ? "(no name)" : name)).join(", ") || "(none)";
  return serviceFinding(index, service, {
    analyzer: "service-kind",
    causeKey: ["port-name", asked],
    severity: "error",
    cause: `Service/${service.metadata.name} calls its port ${port.port} ${asked === "" ? "by no name" : asked}, and EndpointSlice/${slice.metadata.name} has ports[].name ${theirs}: ports are matched by name, so that it leads nowhere`,
    symptom: "has no endpoint on its port",
    evidence: [
      fromTenant(service, `spec.ports[${asked || port.port}].name`, asked || "(absent)"),
      fromTenant(slice, "ports[].name", theirs),
    ],
    change: lastEdit(slice, "ports"),
    fix: nameFix(lost),
  });
}

/** One port on both sides, and a slice that nobody makes anew: its name is that of the Service. */
function nameFix({ service, slice, port, named }: Lost): Fix {
  const summary = `let EndpointSlice/${slice.metadata.name} call its port as Service/${service.metadata.name} does: ${port.name ?? "(no name)"}`;
  const mirrored = (slice.metadata.ownerReferences ?? []).length > 0;
  if (mirrored || named.length !== 1 || servicePortsOf(service).length !== 1 || port.name === undefined)
    return decision(summary);
  const from = named[0] === "" ? undefined : named[0];
  return patchFix(slice, [{ path: "/ports/0/name", from, to: port.name }], summary);
}
