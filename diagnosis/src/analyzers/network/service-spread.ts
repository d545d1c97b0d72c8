import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt, textAt } from "../../snapshot/json.ts";
import { isLive, isReady } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Backing, backingsOf } from "./backing.ts";
import { callsTo } from "./clients.ts";
import { foreignPods } from "./foreign-pods.ts";

/** Services that send some requests to the wrong pods, or none from some nodes. */
export function serviceSpread(index: SnapshotIndex): readonly Draft[] {
  return backingsOf(index).flatMap((backing) => [...foreignPods(index, backing), ...localOnly(index, backing)]);
}

/** Traffic from inside stays on its node, and a client runs where no pod of the Service does. */
function localOnly(index: SnapshotIndex, { service, pods }: Backing): readonly Draft[] {
  if (textAt(service, "spec", "internalTrafficPolicy") !== "Local") return [];
  const nodes = new Set(pods.filter(isReady).map(nodeOf));
  const cut = callsTo(index, service).flatMap(({ client }) =>
    (client.kind === "Pod" ? [client] : index.podsOf(client))
      .filter((pod) => isLive(pod) && nodeOf(pod) !== "" && !nodes.has(nodeOf(pod)))
      .map((pod) => ({ client, pod })),
  );
  const [first] = cut;
  if (first === undefined || nodes.size === 0) return [];
  const { name } = service.metadata;
  const where = `${first.client.kind}/${first.client.metadata.name}`;
  return [
    draft({
      analyzer: "service-spread",
      layer: "apart",
      severity: "error",
      subject: service,
      causeKey: ["local"],
      cause: `Service/${name} has spec.internalTrafficPolicy Local and ready pods only on ${[...nodes].join(", ")}, but ${where}, which calls it, runs on ${nodeOf(first.pod)}`,
      symptom: "answers on some nodes only",
      accountsFor: cut.map(({ client }) => client),
      evidence: [
        fromTenant(service, "spec.internalTrafficPolicy", "Local"),
        ...cut.slice(0, 5).map(({ pod }) => fromControlPlane(pod, "spec.nodeName", nodeOf(pod))),
      ],
      change: lastEdit(service, "spec.internalTrafficPolicy"),
      fix: patchFix(
        service,
        [{ path: "/spec/internalTrafficPolicy", from: "Local", to: "Cluster" }],
        `let Service/${name} send to its pods on every node`,
      ),
    }),
  ];
}

function nodeOf(pod: SnapshotObject): string {
  return textAt(objectAt(pod, "spec"), "nodeName") ?? "";
}
