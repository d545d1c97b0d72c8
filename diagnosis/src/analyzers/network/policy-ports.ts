import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, objectsAt } from "../../snapshot/json.ts";
import { matchesSelector } from "../../snapshot/label-selector.ts";
import { isSlip } from "../../snapshot/nearest-name.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { labelsOf, workloadsIn } from "./backing.ts";
import { type PodPort, podPortsOf, runningSpec } from "./pod-ports.ts";
import { rulesOf } from "./policy-rules.ts";

/** NetworkPolicies that admit to a port by a name which no port of the pods that they select has: the rule opens nothing. */
export function policyPorts(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Pod") || !index.knows("Deployment")) return [];
  return index.ofKind("NetworkPolicy").flatMap((policy) => {
    const names = namesIn(policy);
    if (names.length === 0) return [];
    const selected = workloadsIn(index, policy.metadata.namespace ?? "").filter((one) =>
      matchesSelector(objectAt(policy, "spec", "podSelector"), labelsOf(index, one)),
    );
    const declared = selected.flatMap((one) => podPortsOf(runningSpec(index, one)).declared);
    return selected.length === 0 ? [] : names.flatMap((named) => check(policy, named, declared));
  });
}

interface Named {
  readonly name: string;
  readonly path: string;
  readonly pointer: string;
}

function namesIn(policy: SnapshotObject): readonly Named[] {
  return rulesOf(policy, "ingress").flatMap((rule, position) =>
    objectsAt(rule, "ports").flatMap(({ port }, place) =>
      typeof port === "string"
        ? [
            {
              name: port,
              path: `spec.ingress[${position}].ports[${place}].port`,
              pointer: `/spec/ingress/${position}/ports/${place}/port`,
            },
          ]
        : [],
    ),
  );
}

function check(policy: SnapshotObject, { name, path, pointer }: Named, declared: readonly PodPort[]): readonly Draft[] {
  if (declared.some((port) => port.name === name)) return [];
  const names = [...new Set(declared.flatMap((port) => port.name ?? []))];
  const where = `NetworkPolicy/${policy.metadata.name}`;
  const right = names.find((one) => isSlip(name, one));
  const theirs = names.length === 0 ? "none of their ports has a name" : `theirs are ${names.slice(0, 10).join(", ")}`;
  const summary = `let ${path} of ${where} name a port of the pods that it selects`;
  return [
    draft({
      analyzer: "network-policy",
      layer: "apart",
      severity: "warning",
      subject: policy,
      causeKey: [path],
      cause: `${where} admits to port "${name}" (${path}), a name that no port of the pods that it selects has; ${theirs}`,
      symptom: `${path} opens nothing`,
      evidence: [fromTenant(policy, path, name)],
      change: lastEdit(policy, "spec.ingress"),
      fix:
        right === undefined
          ? decision(summary)
          : patchFix(policy, [{ path: pointer, from: name, to: right }], `${summary}: ${right}`),
    }),
  ];
}
