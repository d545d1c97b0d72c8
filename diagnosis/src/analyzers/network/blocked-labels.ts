import { decision, patchFix, pointerStep } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Block, VERB } from "./flow-block.ts";
import { type Flow, type PeerPlace, peersAtPort } from "./policy-rules.ts";

/** A rule opens the port, but to pods or namespaces with other labels. */
export function labelBlocks(index: SnapshotIndex, policy: SnapshotObject, flow: Flow): readonly Block[] {
  return peersAtPort(policy, flow).flatMap((at) => {
    const off = offLabel(index, at.peer, flow);
    return off === undefined ? [] : [labelBlock(policy, off, { ...at, verb: VERB[flow.direction] })];
  });
}

function labelBlock(policy: SnapshotObject, off: Off, at: PeerPlace & { readonly verb: string }): Block {
  const { field, key, wanted, carried, text, who, drifted } = off;
  const path = `${at.path}.${field}`;
  const pointer = `${at.pointer}/${field}/matchLabels/${pointerStep(key)}`;
  const { name } = policy.metadata;
  return {
    ...{ policy, path, value: text, evident: drifted },
    words: `${at.verb} ${field === "podSelector" ? "pods" : "namespaces"} with ${text} (${path}); ${who} carries ${key}=${carried}`,
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
