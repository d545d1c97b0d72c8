import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import { matchesSelector, selectorText } from "../../snapshot/label-selector.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { closedBlock } from "./closed-policy.ts";
import { type Block, VERB } from "./flow-block.ts";
import { type Flow, peersAtPort } from "./policy-rules.ts";

/** A rule opens the port to namespaces of a label that the peer's namespace does not have at all. */
export function namespaceBlocks(index: SnapshotIndex, policy: SnapshotObject, flow: Flow): readonly Block[] {
  const { labels, namespace } = flow.peer;
  const home = index.byName("Namespace", undefined, namespace);
  if (home === undefined) return [];
  return peersAtPort(policy, flow).flatMap(({ peer: { namespaceSelector, podSelector }, path: at }) => {
    const absent = Object.keys(objectAt(namespaceSelector, "matchLabels")).filter(
      (key) => home.metadata.labels?.[key] === undefined,
    );
    const pods = podSelector === undefined || matchesSelector(podSelector, labels);
    if (absent.length === 0 || !pods) return [];
    const path = `${at}.namespaceSelector`;
    const value = selectorText(namespaceSelector);
    const words = `${VERB[flow.direction]} namespaces with ${value} (${path}); Namespace/${namespace} carries no label ${absent.join(", ")}`;
    return [{ ...closedBlock(policy, flow), words, path, value, evident: false }];
  });
}
