import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, objectAt, objectsAt, textsAt } from "../../snapshot/json.ts";
import { matchesSelector } from "../../snapshot/label-selector.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { missedBlock } from "./ip-block.ts";
import type { PodPort } from "./pod-ports.ts";

export type Direction = "ingress" | "egress";

/** One end of a flow, as policies see it. */
export interface End {
  readonly workload: SnapshotObject;
  readonly namespace: string;
  readonly labels: Json;
  readonly addresses: readonly string[];
}

/** The policies of a namespace that govern a direction of the pods that carry `labels`. */
export function policiesOn(
  index: SnapshotIndex,
  { namespace, labels }: Pick<End, "namespace" | "labels">,
  direction: Direction,
) {
  return index
    .inNamespace("NetworkPolicy", namespace)
    .filter((policy) => governs(policy, direction) && matchesSelector(objectAt(policy, "spec", "podSelector"), labels));
}

/** Without policyTypes a policy governs ingress, and egress when it has such rules. */
function governs(policy: SnapshotObject, direction: Direction): boolean {
  const types = textsAt(policy, "spec", "policyTypes");
  if (types.length > 0) return types.includes(direction === "ingress" ? "Ingress" : "Egress");
  return direction === "ingress" || rulesOf(policy, "egress").length > 0;
}

export function rulesOf(policy: SnapshotObject, direction: Direction): readonly Json[] {
  return objectsAt(policy, "spec", direction);
}

/** The peers of a rule; no list, or an empty one, means everybody. */
export function peersOf(rule: Json, direction: Direction): readonly Json[] {
  return objectsAt(rule, sideOf(direction));
}

/** The field of a rule that lists its peers. */
export function sideOf(direction: Direction): "from" | "to" {
  return direction === "ingress" ? "from" : "to";
}

/** Whether a rule speaks of that peer. */
export function admits(index: SnapshotIndex, rule: Json, flow: Flow): boolean {
  const peers = peersOf(rule, flow.direction);
  return peers.length === 0 || peers.some((peer) => isPeer(index, peer, flow));
}

/** A connection as seen from one of its ends. */
export interface Flow {
  readonly direction: Direction;
  /** Where the policies that matter stand. */
  readonly home: string;
  readonly peer: End;
  /** Whose policies those are. */
  readonly own: SnapshotObject;
  /** The port of the target's pods. */
  readonly port: PodPort;
  /** All that those declare. */
  readonly declared: readonly PodPort[];
  /** The port of the Service in front, where the client names it. */
  readonly called: number | undefined;
}

function isPeer(index: SnapshotIndex, peer: Json, { home, peer: end }: Flow): boolean {
  if (isRecord(peer["ipBlock"])) return missedBlock(peer["ipBlock"], end.addresses) === undefined;
  const pods = peer["podSelector"];
  const namespaces = peer["namespaceSelector"];
  const near = namespaces === undefined ? end.namespace === home : namespaceMatches(index, namespaces, end.namespace);
  return near && (pods === undefined || matchesSelector(pods, end.labels));
}

/** A namespace whose labels were not read may match. */
function namespaceMatches(index: SnapshotIndex, selector: unknown, name: string): boolean {
  const namespace = index.byName("Namespace", undefined, name);
  return namespace === undefined || matchesSelector(selector, namespace.metadata.labels ?? {});
}

/** Whether a rule opens that port; no list, or an empty one, means every port. */
export function opens(rule: Json, { number, name, protocol }: PodPort): boolean {
  const ports = objectsAt(rule, "ports");
  return (
    ports.length === 0 ||
    ports.some((entry) => {
      const { port, endPort } = entry;
      if ((entry["protocol"] ?? "TCP") !== protocol) return false;
      const inRange = typeof port === "number" && typeof endPort === "number" && number >= port && number <= endPort;
      return port === undefined || port === number || port === name || inRange;
    })
  );
}

/** A peer of a rule, and where it stands. */
export interface PeerPlace {
  readonly rule: Json;
  readonly peer: Json;
  /** `spec.ingress[0].from[1]`, for people. */
  readonly path: string;
  /** `/spec/ingress/0/from/1`, for patches. */
  readonly pointer: string;
}

/** Each peer of each rule. */
export function peerPlaces(policy: SnapshotObject, direction: Direction): readonly PeerPlace[] {
  const side = sideOf(direction);
  return rulesOf(policy, direction).flatMap((rule, position) =>
    peersOf(rule, direction).map((peer, place) => ({
      ...{ rule, peer, path: `spec.${direction}[${position}].${side}[${place}]` },
      pointer: `/spec/${direction}/${position}/${side}/${place}`,
    })),
  );
}

/** The peers of the rules that open the flow's port. */
export function peersAtPort(policy: SnapshotObject, { direction, port }: Flow): readonly PeerPlace[] {
  return peerPlaces(policy, direction).filter(({ rule }) => opens(rule, port));
}

/** Whether one of the policies lets the flow pass; without policies everything passes. */
export function passes(index: SnapshotIndex, policies: readonly SnapshotObject[], flow: Flow): boolean {
  const rules = policies.flatMap((policy) => rulesOf(policy, flow.direction));
  return policies.length === 0 || rules.some((rule) => admits(index, rule, flow) && opens(rule, flow.port));
}
