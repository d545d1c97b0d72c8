import { type Action, API_VERSION } from "@sre-agent/crds";
import type { Workload } from "../../facts/workload.ts";
import { createIncident, type Incident } from "./incident.ts";

const APPS = "apps/v1";
const REVISION = "deployment.kubernetes.io/revision";

const template = (image: string) => ({
  metadata: { labels: { app: "db" } },
  spec: { containers: [{ name: "db", image }] },
});
const ownedBy = (kind: string, name: string) => [
  { apiVersion: APPS, kind, name, uid: `${name}-uid`, controller: true },
];

/** The namespace of the incident with one more workload of `kind`, three of three ready, that every action may change. */
export function createWorkloadIncident(kind: "Deployment" | "StatefulSet" | "DaemonSet", replicas = 4): Incident {
  const incident = createIncident();
  const { cluster } = incident;
  cluster.put({
    apiVersion: APPS,
    kind,
    metadata: { namespace: "shop", name: "db", uid: "db-uid", annotations: { [REVISION]: "2" } },
    spec: { ...(kind === "DaemonSet" ? {} : { replicas }), template: template("db:2") },
  });
  for (const number of [1, 2])
    cluster.put(kind === "Deployment" ? replicaSet(number) : controllerRevision(kind, number));
  for (const [name, type] of Object.entries({ back: "Rollback", bounce: "Restart", size: "Scale" })) {
    allow(incident, name, { type, targets: [{ kind, names: ["db"] }] });
  }
  settle(incident);
  return { ...incident, roll: () => settle(incident) };
}

/** Two pods of one ReplicaSet, of which one may be evicted. */
export function createPodIncident(): Incident {
  const incident = createIncident();
  const { cluster } = incident;
  const counts = { replicas: 2, readyReplicas: 2, availableReplicas: 2, observedGeneration: 1 };
  cluster.put({ ...replicaSet(1), spec: { replicas: 2, template: template("db:1") }, status: counts });
  for (const name of ["db-a", "db-b"]) {
    cluster.put({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        namespace: "shop",
        name,
        uid: `${name}-uid`,
        labels: { app: "db" },
        ownerReferences: ownedBy("ReplicaSet", "db-1"),
      },
      status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
    });
  }
  allow(incident, "evict", { type: "Evict", targets: [{ kind: "Pod", selector: { matchLabels: { app: "db" } } }] });
  return { ...incident, roll: () => undefined };
}

function allow({ cluster }: Incident, name: string, spec: object): void {
  cluster.put({
    apiVersion: API_VERSION,
    kind: "SreAction",
    metadata: { namespace: "shop", name },
    spec: { mode: "approve", cooldown: "1s", verify: { within: "1m", stableFor: "3s" }, ...spec },
  });
}

function replicaSet(number: number) {
  const name = `db-${number}`;
  const metadata = { namespace: "shop", name, uid: `${name}-uid`, annotations: { [REVISION]: String(number) } };
  return {
    apiVersion: APPS,
    kind: "ReplicaSet",
    metadata: { ...metadata, ownerReferences: ownedBy("Deployment", "db") },
    spec: { template: template(`db:${number}`) },
  };
}

function controllerRevision(kind: string, number: number) {
  return {
    apiVersion: APPS,
    kind: "ControllerRevision",
    metadata: {
      namespace: "shop",
      name: `db-${number}`,
      uid: `db-${number}-uid`,
      ownerReferences: ownedBy(kind, "db"),
    },
    revision: number,
    data: { spec: { template: { ...template(`db:${number}`), $patch: "replace" } } },
  };
}

/** What the controllers would do by now: everything asked for is there and ready. */
function settle({ cluster }: Incident): void {
  for (const kind of ["Deployment", "StatefulSet", "DaemonSet"]) {
    const live = cluster.peek<Workload>({ apiVersion: APPS, kind, namespace: "shop", name: "db" });
    if (!live) continue;
    const count = kind === "DaemonSet" ? 4 : (live.spec?.replicas ?? 1);
    const replicas = { replicas: count, updatedReplicas: count, availableReplicas: count, readyReplicas: count };
    const nodes = { desiredNumberScheduled: count, currentNumberScheduled: count, updatedNumberScheduled: count };
    const ready = { numberAvailable: count, numberReady: count, observedGeneration: live.metadata.generation };
    cluster.put({ ...live, status: { ...replicas, ...nodes, ...ready } });
  }
}

const at = (kind: string) => ({ apiVersion: APPS, kind, namespace: "shop", name: "db", uid: "db-uid" });

export const rollbackOf = (kind: string): Action => ({
  type: "Rollback",
  target: at(kind),
  parameters: { toRevision: 1 },
});
export const restartOf = (kind: string): Action => ({
  type: "Restart",
  target: at(kind),
  parameters: { restartedAt: "2026-01-01T00:00:00Z" },
});
export const scaleOf = (kind: string, replicas: number): Action => ({
  type: "Scale",
  target: at(kind),
  parameters: { replicas },
});
export const EVICT: Action = {
  type: "Evict",
  target: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "db-a", uid: "db-a-uid" },
  parameters: {},
};
