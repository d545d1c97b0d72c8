import { isRecord } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { closedBlock } from "./closed-policy.ts";
import { type Block, VERB } from "./flow-block.ts";
import { missedBlock } from "./ip-block.ts";
import { type Flow, peersAtPort } from "./policy-rules.ts";

/** A rule opens the port to addresses, and the peer's lie outside of the block, or in what it excepts. */
export function addressBlocks(policy: SnapshotObject, flow: Flow): readonly Block[] {
  const { kind, metadata } = flow.peer.workload;
  const { addresses } = flow.peer;
  return peersAtPort(policy, flow).flatMap(({ peer: { ipBlock }, path: at }) => {
    const miss = isRecord(ipBlock) ? missedBlock(ipBlock, addresses) : undefined;
    if (miss === undefined) return [];
    const path = `${at}.ipBlock.${miss.field}`;
    const who = `the pods of ${kind}/${metadata.name} have ${addresses.slice(0, 3).join(", ")}`;
    const words = `${VERB[flow.direction]} addresses ${miss.words} (${path}); ${who}`;
    return [{ ...closedBlock(policy, flow), words, path, value: miss.value, evident: false }];
  });
}
