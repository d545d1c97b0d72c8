import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { ageMs } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { callsTo } from "./clients.ts";
import { endpointsByHand } from "./endpoints-by-hand.ts";
import { externalName } from "./external-name.ts";
import { ingressesTo } from "./routes.ts";
import { serviceFinding } from "./service-finding.ts";

/** What Services of a special type lack: an address from outside, the Service they stand for, or endpoints by hand. */
export function serviceKind(index: SnapshotIndex): readonly Draft[] {
  return index.ofKind("Service").flatMap((service) => {
    const type = textAt(service, "spec", "type");
    if (type === "ExternalName") return externalName(index, service);
    return [
      ...(type === "LoadBalancer" ? loadBalancer(index, service) : withoutSelector(index, service)),
      ...endpointsByHand(index, service),
    ];
  });
}

/** What a controller that has begun may take; one that is there says so at once. */
const PROVISIONING_MS = 10 * 60_000;
const UNATTENDED_MS = 3 * 60_000;

/** Controllers write an event or a finalizer when they take a Service up. */
function isAttended(index: SnapshotIndex, service: SnapshotObject): boolean {
  return index.eventsOf(service).length > 0 || textsAt(service, "metadata", "finalizers").length > 0;
}

function loadBalancer(index: SnapshotIndex, service: SnapshotObject): readonly Draft[] {
  const patience = isAttended(index, service) || !index.knows("Event") ? PROVISIONING_MS : UNATTENDED_MS;
  const young = (ageMs(index.nowMs, service.metadata.creationTimestamp) ?? 0) < patience;
  if (young || objectsAt(service, "status", "loadBalancer", "ingress").length > 0) return [];
  const failed = latestEvent(index, service, { reason: "SyncLoadBalancerFailed" });
  const className = textAt(service, "spec", "loadBalancerClass");
  const by = className === undefined ? "no controller" : `no controller of spec.loadBalancerClass ${className}`;
  const said = failed === undefined ? `${by} gave it one` : eventMessage(failed);
  const { name } = service.metadata;
  return [
    draft({
      analyzer: "service-kind",
      layer: "apart",
      severity: failed === undefined ? "warning" : "error",
      subject: service,
      causeKey: ["load-balancer"],
      cause: `Service/${name} of type LoadBalancer has no address from outside: ${said}`,
      symptom: "has no address from outside",
      evidence: [
        fromControlPlane(service, "status.loadBalancer.ingress", "(none)"),
        ...(className === undefined ? [] : [fromTenant(service, "spec.loadBalancerClass", className)]),
        ...(failed ? [fromControlPlane(service, "event SyncLoadBalancerFailed", said)] : []),
      ],
      fix: decision(
        `find out whether this cluster has a controller for load balancers, or expose Service/${name} in another way`,
      ),
    }),
  ];
}

/** Endpoints by hand are somebody's choice; a Service that is called and has none is not. */
function withoutSelector(index: SnapshotIndex, service: SnapshotObject): readonly Draft[] {
  const { name, namespace = "" } = service.metadata;
  if (Object.keys(objectAt(service, "spec", "selector")).length > 0 || !index.knows("EndpointSlice")) return [];
  const slices = index.selectedBy({ "kubernetes.io/service-name": name }, "EndpointSlice", namespace);
  if (slices.some((slice) => objectsAt(slice, "endpoints").length > 0)) return [];
  if (ingressesTo(index, service).length + callsTo(index, service).length === 0) return [];
  return [
    serviceFinding(index, service, {
      analyzer: "service-kind",
      causeKey: ["no-selector"],
      severity: "error",
      cause: `Service/${name} has no spec.selector and no EndpointSlice gives it endpoints, although it is called`,
      symptom: "has no endpoint",
      evidence: [fromTenant(service, "spec.selector", "(absent)")],
      change: lastEdit(service, "spec"),
      fix: decision(`give Service/${name} the selector of the pods it is for, or endpoints by hand`),
    }),
  ];
}
