import type { Fix } from "@sre-agent/crds";
import { decision, patchFix, pointerStep } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, objectAt, objectsAt, valueAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podLabelsOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { missedBlock } from "./ip-block.ts";
import type { PodPort } from "./pod-ports.ts";
import { admits, type Direction, type Flow, opens, peersOf, rulesOf } from "./policy-rules.ts";

/** Why a policy does not let a flow pass, and the least that would. */
export interface Block {
  readonly policy: SnapshotObject;
  /** After `NetworkPolicy/api`. */
  readonly words: string;
  readonly path: string;
  readonly value: string;
  /** Its text shows what was meant: a port or a label beside the right one, or nothing at all for these pods alone. */
  readonly evident: boolean;
  readonly fix: Fix;
}

/** Of the policies that govern a blocked flow, the one that was most likely meant to let it pass, or to stop it. */
export function blockOf(index: SnapshotIndex, policies: readonly SnapshotObject[], flow: Flow): Block | undefined {
  const wrongPort = policies.flatMap((policy) => portBlocks(index, policy, flow));
  const wrongPeer = policies.flatMap((policy) => peerBlocks(index, policy, flow));
  const closed = policies.filter((policy) => rulesOf(policy, flow.direction).length === 0);
  const specific = closed.find((policy) => selectorText(objectAt(policy, "spec", "podSelector")) !== "");
  const rest = specific ?? closed[0] ?? policies[0];
  const wrongAddress = policies.flatMap((policy) => addressBlocks(policy, flow));
  const unlabelled = policies.flatMap((policy) => namespaceBlocks(index, policy, flow));
  return wrongPort[0] ?? wrongPeer[0] ?? wrongAddress[0] ?? unlabelled[0] ?? (rest && closedBlock(rest, flow));
}

const VERB = { ingress: "admits", egress: "lets out" } as const;

/** A rule speaks of the peer, but of another port than that of the pods. */
function portBlocks(index: SnapshotIndex, policy: SnapshotObject, flow: Flow): readonly Block[] {
  const { direction, port } = flow;
  return rulesOf(policy, direction).flatMap((rule, position) => {
    const ports = objectsAt(rule, "ports");
    const meant = isMeant(ports, rule, flow);
    if (!admits(index, rule, flow) || opens(rule, port) || (peersOf(rule, direction).length === 0 && !meant)) return [];
    const open = ports.map((entry) => `${String(entry["protocol"] ?? "TCP")} ${String(entry["port"])}`).join(", ");
    const at = `/spec/${direction}/${position}/ports`;
    const summary = `let NetworkPolicy/${policy.metadata.name} name port ${port.number}, that of the pods`;
    const from = ports[0]?.["port"];
    const listens = typeof from === "string" && port.name ? `${port.name} (${port.number})` : port.number;
    return [
      {
        ...{ policy, path: `spec.${direction}[${position}].ports`, value: open, evident: meant },
        words: `${VERB[direction]} port ${open} alone, and the pods listen on ${listens}`,
        fix: meant
          ? patchFix(policy, [{ path: `${at}/0/port`, from, to: port.number }], summary)
          : decision(
              `decide whether ${at} of NetworkPolicy/${policy.metadata.name}, which has ${open}, should open port ${port.number}, that of the pods`,
            ),
      },
    ];
  });
}

/** Its one port is none of the target's own, and stands for the one that is called: its peers, its name or its number say so. */
function isMeant([only, ...others]: readonly Json[], rule: Json, { direction, port, called, declared }: Flow): boolean {
  if (only === undefined || others.length > 0 || only["endPort"] !== undefined) return false;
  if ((only["protocol"] ?? "TCP") !== port.protocol) return false;
  const asked = only["port"];
  if (asked === 53 || declared.some(({ name, number }) => asked === number || asked === name)) return false;
  return (
    peersOf(rule, direction).length > 0 || asked === called || (typeof asked === "string" && direction === "ingress")
  );
}

/** A rule opens the port, but to pods or namespaces with other labels. */
function peerBlocks(index: SnapshotIndex, policy: SnapshotObject, flow: Flow): readonly Block[] {
  const { direction, port } = flow;
  const side = direction === "ingress" ? "from" : "to";
  return rulesOf(policy, direction).flatMap((rule, position) =>
    peersOf(rule, direction).flatMap((peer, place) => {
      const off = opens(rule, port) ? offLabel(index, peer, flow) : undefined;
      return off === undefined ? [] : [peerBlock(policy, off, [direction, String(position), side, String(place)])];
    }),
  );
}

function peerBlock(policy: SnapshotObject, off: Off, steps: readonly [Direction, string, string, string]): Block {
  const [direction, position, side, place] = steps;
  const { field, key, wanted, carried, text, who, drifted } = off;
  const path = `spec.${direction}[${position}].${side}[${place}].${field}`;
  const pointer = `/spec/${steps.join("/")}/${field}/matchLabels/${pointerStep(key)}`;
  const { name } = policy.metadata;
  return {
    ...{ policy, path, value: text, evident: drifted },
    words: `${VERB[direction]} ${field === "podSelector" ? "pods" : "namespaces"} with ${text} (${path}); ${who} carries ${key}=${carried}`,
    fix: drifted
      ? patchFix(
          policy,
          [{ path: pointer, from: wanted, to: carried }],
          `let ${path} of NetworkPolicy/${name} name ${key}=${carried}`,
        )
      : decision(`decide whether ${who} may pass: add it beside ${text} in ${path} of NetworkPolicy/${name}`),
  };
}

interface Off {
  readonly field: "podSelector" | "namespaceSelector";
  readonly key: string;
  readonly wanted: string;
  readonly carried: string;
  readonly text: string;
  readonly who: string;
  /** Nothing else carries the label that the policy asks for. */
  readonly drifted: boolean;
}

/** The one label by which a peer misses the other end. */
function offLabel(index: SnapshotIndex, peer: Json, { peer: end, home }: Flow): Off | undefined {
  const namespace = index.byName("Namespace", undefined, end.namespace);
  const namespaceOff = namespace && missed(peer["namespaceSelector"], namespace.metadata.labels ?? {});
  const podsOff = missed(peer["podSelector"], end.labels);
  if (namespaceOff !== undefined && podsOff === undefined) {
    const drifted = !index
      .ofKind("Namespace")
      .some(({ metadata }) => matchesSelector(peer["namespaceSelector"], metadata.labels));
    const text = selectorText(peer["namespaceSelector"]);
    return { ...namespaceOff, field: "namespaceSelector", text, drifted, who: `Namespace/${end.namespace}` };
  }
  const placed = peer["namespaceSelector"] !== undefined || home === end.namespace;
  if (podsOff === undefined || namespaceOff !== undefined || !placed) return undefined;
  const pods = index.inNamespace("Pod", end.namespace).filter(isLive);
  return {
    ...podsOff,
    field: "podSelector",
    text: selectorText(peer["podSelector"]),
    drifted: !pods.some(({ metadata }) => matchesSelector(peer["podSelector"], metadata.labels)),
    who: `${end.workload.kind}/${end.workload.metadata.name}`,
  };
}

/** The only label that differs, when the other one carries that key with another value. */
function missed(selector: unknown, labels: Json): Pick<Off, "key" | "wanted" | "carried"> | undefined {
  const pairs = Object.entries(objectAt(selector, "matchLabels")).filter(([key, value]) => labels[key] !== value);
  const [[key, wanted] = ["", ""], ...others] = pairs;
  const carried = labels[key];
  if (others.length > 0 || typeof carried !== "string" || typeof wanted !== "string") return undefined;
  return { key, wanted, carried };
}

/** A rule opens the port to namespaces of a label that the peer's namespace does not have at all. */
function namespaceBlocks(index: SnapshotIndex, policy: SnapshotObject, flow: Flow): readonly Block[] {
  const { direction, peer, port } = flow;
  const side = direction === "ingress" ? "from" : "to";
  const home = index.byName("Namespace", undefined, peer.namespace);
  return rulesOf(policy, direction).flatMap((rule, position) =>
    peersOf(rule, direction).flatMap(({ namespaceSelector, podSelector }, place) => {
      const absent = Object.keys(objectAt(namespaceSelector, "matchLabels")).filter(
        (key) => home?.metadata.labels?.[key] === undefined,
      );
      const pods = podSelector === undefined || matchesSelector(podSelector, peer.labels);
      if (home === undefined || absent.length === 0 || !pods || !opens(rule, port)) return [];
      const path = `spec.${direction}[${position}].${side}[${place}].namespaceSelector`;
      const value = selectorText(namespaceSelector);
      const words = `${VERB[direction]} namespaces with ${value} (${path}); Namespace/${peer.namespace} carries no label ${absent.join(", ")}`;
      return [{ ...closedBlock(policy, flow), words, path, value, evident: false }];
    }),
  );
}

/** A rule opens the port to addresses, and the peer's lie outside of the block, or in what it excepts. */
function addressBlocks(policy: SnapshotObject, flow: Flow): readonly Block[] {
  const { direction, peer, port } = flow;
  const side = direction === "ingress" ? "from" : "to";
  return rulesOf(policy, direction).flatMap((rule, position) =>
    peersOf(rule, direction).flatMap(({ ipBlock }, place) => {
      const miss = opens(rule, port) && isRecord(ipBlock) ? missedBlock(ipBlock, peer.addresses) : undefined;
      if (miss === undefined) return [];
      const path = `spec.${direction}[${position}].${side}[${place}].ipBlock.${miss.field}`;
      const { kind, metadata } = peer.workload;
      const who = `the pods of ${kind}/${metadata.name} have ${peer.addresses.slice(0, 3).join(", ")}`;
      const words = `${VERB[direction]} addresses ${miss.words} (${path}); ${who}`;
      return [{ ...closedBlock(policy, flow), words, path, value: miss.value, evident: false }];
    }),
  );
}

export const DNS_PORTS: readonly PodPort[] = ["UDP", "TCP"].map((protocol) => ({ name: "dns", number: 53, protocol }));

/** The rule that opens the cluster's name server. */
export const TO_NAME_SERVER = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};

/** No rule comes near: what is admitted instead, and the one rule that would do. */
function closedBlock(policy: SnapshotObject, flow: Flow): Block {
  const { direction } = flow;
  const rules = rulesOf(policy, direction);
  const asked = selectorText(objectAt(policy, "spec", "podSelector"));
  const selected = `selects ${asked === "" ? "every pod of its namespace" : asked}`;
  const mute = direction === "egress" && !rules.some((one) => DNS_PORTS.some((dns) => opens(one, dns)));
  const nothing = `${VERB[direction]} nothing${mute ? ", not even DNS (port 53)" : ""}`;
  const what = rules.length === 0 ? nothing : `has no ${direction} rule for it`;
  return {
    ...{ policy, path: `spec.${direction}`, value: rules.length === 0 ? "(none)" : `${rules.length} rules` },
    words: `${selected} and ${what}`,
    evident: rules.length === 0 && asked !== "",
    fix: openFor(policy, flow, mute ? [TO_NAME_SERVER] : []),
  };
}

/** One rule more, for these pods and this port. What controllers add to the labels of pods goes with the next revision. */
function openFor(policy: SnapshotObject, { direction, peer, own, port, home }: Flow, others: readonly Json[]): Fix {
  const labels = podLabelsOf(peer.workload);
  const pods = { podSelector: { matchLabels: labels } };
  const namespaced = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } }, ...pods };
  const rule = {
    [direction === "ingress" ? "from" : "to"]: [peer.namespace === home ? pods : namespaced],
    ports: [{ protocol: port.protocol, port: port.number }],
  };
  const summary = `let NetworkPolicy/${policy.metadata.name} ${direction === "ingress" ? "admit" : "let out to"} ${peer.workload.kind}/${peer.workload.metadata.name} on port ${port.number}, and nothing else`;
  if (Object.keys(labels).length === 0) return decision(`${summary}: its pods carry no label that a rule could name`);
  // A rule in a policy of every pod would open every pod.
  if (selectorText(objectAt(policy, "spec", "podSelector")) === "")
    return decision(
      `decide whether it should pass: then add a NetworkPolicy that selects the pods of ${own.kind}/${own.metadata.name} alone and ${direction === "ingress" ? "admits" : "lets out to"} ${peer.workload.kind}/${peer.workload.metadata.name} on port ${port.number}`,
    );
  const from = valueAt(policy, "spec", direction);
  const to = [...rulesOf(policy, direction), rule, ...others];
  return patchFix(policy, [{ path: `/spec/${direction}`, from, to }], summary);
}
