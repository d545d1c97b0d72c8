import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Block, VERB } from "./flow-block.ts";
import { admits, type Flow, opens, peersOf, rulesOf } from "./policy-rules.ts";

/** A rule speaks of the peer, but of another port than that of the pods. */
export function portBlocks(index: SnapshotIndex, policy: SnapshotObject, flow: Flow): readonly Block[] {
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
