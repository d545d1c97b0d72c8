import type { Fix } from "@sre-agent/crds";
import { decision, patchFix } from "../../findings/fix.ts";
import { type Json, objectAt, valueAt } from "../../snapshot/json.ts";
import { selectorText } from "../../snapshot/label-selector.ts";
import { podLabelsOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Block, VERB } from "./flow-block.ts";
import { DNS_PORTS, TO_NAME_SERVER } from "./name-server-rule.ts";
import { type Flow, opens, rulesOf, sideOf } from "./policy-rules.ts";

/** No rule comes near: what is admitted instead, and the one rule that would do. */
export function closedBlock(policy: SnapshotObject, flow: Flow): Block {
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
    [sideOf(direction)]: [peer.namespace === home ? pods : namespaced],
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
