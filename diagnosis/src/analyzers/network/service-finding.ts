import { type Draft, type DraftParts, draft, subjectOf } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { valueAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { callsTo } from "./clients.ts";
import { failsToReach } from "./failing-client.ts";
import { ingressesTo } from "./routes.ts";

/** Somebody counts on the Service: an Ingress, a workload that is told to call it, or whoever comes from outside. */
export function isUsed(index: SnapshotIndex, service: SnapshotObject): boolean {
  const exposed = ["LoadBalancer", "NodePort"].includes(String(valueAt(service, "spec", "type")));
  return exposed || ingressesTo(index, service).length > 0 || callsTo(index, service).length > 0;
}

/** A finding that makes a Service answer nobody: with the Ingresses that route to it, and the clients that fail for it. */
export function serviceFinding(
  index: SnapshotIndex,
  service: SnapshotObject,
  parts: Omit<DraftParts, "subject" | "layer" | "explains" | "accountsFor">,
): Draft {
  const ingresses = ingressesTo(index, service);
  const clients = failingClients(index, service);
  return draft({
    ...parts,
    layer: "apart",
    subject: service,
    explains: [
      ...ingresses.map((ingress) => ({
        subject: subjectOf(ingress),
        symptom: `routes to Service/${service.metadata.name}, which does not answer`,
      })),
      ...clients.map((client) => ({
        subject: subjectOf(client),
        symptom: `does not reach Service/${service.metadata.name}`,
      })),
    ],
    accountsFor: clients,
  });
}

/** The workloads that fail because they do not reach the Service. */
export function failingClients(index: SnapshotIndex, service: SnapshotObject): readonly SnapshotObject[] {
  const failing = callsTo(index, service).filter(({ client, host }) => failsToReach(index, client, host));
  return [...new Set(failing.map(({ client }) => client))];
}
