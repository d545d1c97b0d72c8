import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import { selectorText } from "../../snapshot/label-selector.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { addressBlocks } from "./blocked-addresses.ts";
import { labelBlocks } from "./blocked-labels.ts";
import { portBlocks } from "./blocked-port.ts";
import { closedBlock } from "./closed-policy.ts";
import type { Block } from "./flow-block.ts";
import { type Flow, rulesOf } from "./policy-rules.ts";
import { namespaceBlocks } from "./unlabelled-namespace.ts";

/** Of the policies that govern a blocked flow, the one that was most likely meant to let it pass, or to stop it. */
export function blockOf(index: SnapshotIndex, policies: readonly SnapshotObject[], flow: Flow): Block | undefined {
  const wrongPort = policies.flatMap((policy) => portBlocks(index, policy, flow));
  const wrongPeer = policies.flatMap((policy) => labelBlocks(index, policy, flow));
  const closed = policies.filter((policy) => rulesOf(policy, flow.direction).length === 0);
  const specific = closed.find((policy) => selectorText(objectAt(policy, "spec", "podSelector")) !== "");
  const rest = specific ?? closed[0] ?? policies[0];
  const wrongAddress = policies.flatMap((policy) => addressBlocks(policy, flow));
  const unlabelled = policies.flatMap((policy) => namespaceBlocks(index, policy, flow));
  return wrongPort[0] ?? wrongPeer[0] ?? wrongAddress[0] ?? unlabelled[0] ?? (rest && closedBlock(rest, flow));
}
