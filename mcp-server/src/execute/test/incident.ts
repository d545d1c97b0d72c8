import {
  type Action,
  API_VERSION,
  type DenialCode,
  type Outcome,
  type SreApproval,
  type SreRemediation,
} from "@sre-agent/crds";
import type { KubeObject, ObjectRef } from "@sre-agent/kube";
import { createFakeClock, type FakeClock } from "@sre-agent/kube/testing";
import { createAuditLog } from "../../audit/audit-log.ts";
import type { Workload } from "../../facts/workload.ts";
import { createHealthProbe } from "../health.ts";
import { type ProposalRequest, type ProposeDependencies, propose } from "../propose.ts";
import type { ActDependencies } from "../step.ts";
import { createMemoryCluster, type MemoryCluster } from "./memory-cluster.ts";

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };
export const WEB = { ...DEPLOYMENT, namespace: "shop", name: "web" };
export const RUN = { namespace: "shop", name: "web-1", uid: "run-uid" };
export const RUN_REF = { apiVersion: API_VERSION, kind: "SreInvestigation", namespace: RUN.namespace, name: RUN.name };
export const ACTION_REF = { apiVersion: API_VERSION, kind: "SreAction", namespace: "shop", name: "undo" };
export const POLICY_REF = { apiVersion: API_VERSION, kind: "SrePolicy", name: "default" };

/** A namespace with a Deployment whose second revision is bad, and everything that allows to roll it back. */
export interface Incident {
  readonly cluster: MemoryCluster;
  readonly clock: FakeClock;
  readonly dependencies: ProposeDependencies & ActDependencies;
  readonly auditLines: string[];
  readonly outcomes: Outcome[];
  readonly refusals: DenialCode[];
  /** Users who may not patch Deployments. */
  readonly forbidden: Set<string>;
  auditFails: boolean;
  ownFinding: boolean;
  /** What a Deployment controller would do by now. */
  roll(): void;
}

const template = (image: string) => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image, env: [{ name: "KEY", value: `secret-of-${image}` }] }] },
});

export function createIncident(): Incident {
  const clock = createFakeClock();
  const cluster = createMemoryCluster(() => clock.now());
  const auditLines: string[] = [];
  const outcomes: Outcome[] = [];
  const forbidden = new Set<string>();
  const audit = createAuditLog({
    sink: {
      async append(line) {
        if (incident.auditFails) throw new Error("disk full");
        cluster.hook({ number: 0, what: "audit", when: "before" });
        auditLines.push(line.trim());
        cluster.hook({ number: 0, what: "audit", when: "after" });
      },
    },
    anchor: async () => undefined,
    onAnchorFailure: () => undefined,
    clock,
  });
  const incident: Incident = {
    cluster,
    clock,
    auditLines,
    outcomes,
    refusals: [],
    forbidden,
    auditFails: false,
    ownFinding: false,
    roll: () => roll(cluster),
    dependencies: {
      ...cluster,
      reader: cluster.reader,
      reviewer: {
        may: async ({ user }) => ({ allowed: !forbidden.has(user.username), reason: "" }),
        authenticate: async () => undefined,
      },
      clock,
      audit,
      protectedNamespaces: ["ours"],
      ownFinding: async () => incident.ownFinding,
      events: { record: async () => undefined },
      log: { info: () => undefined, warn: () => undefined },
      scrub: (text) => text.replaceAll("canary", "<redacted>"),
      metrics: {
        ended: (outcome) => void outcomes.push(outcome),
        refused: (code) => void incident.refusals.push(code),
        leading: () => undefined,
        queueDepth: () => undefined,
        watchAge: () => undefined,
        pruned: () => undefined,
      },
      measure: createHealthProbe(cluster.reader),
    },
  };
  fill(incident);
  return incident;
}

function fill({ cluster, roll: settle }: Incident): void {
  const ours = { apiVersion: API_VERSION };
  cluster.put({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { team: "shop" } } });
  cluster.put({
    ...DEPLOYMENT,
    metadata: { namespace: "shop", name: "web", uid: "web-uid", annotations: {} },
    spec: { replicas: 2, template: template("web:good") },
  });
  settle();
  deploy(cluster, "web:bad");
  settle();
  cluster.put({
    ...ours,
    kind: "SrePolicy",
    metadata: { name: "default" },
    spec: { mode: "auto", rules: [{ namespaces: ["shop"], mode: "auto" }] },
  });
  const target = { apiVersion: "apps/v1", kind: "Deployment", name: "web" };
  cluster.put({
    ...ours,
    kind: "SreInvestigation",
    metadata: { namespace: "shop", name: RUN.name, uid: RUN.uid },
    spec: { target, symptom: "down", actionRefs: ["undo", "bounce"], mode: "auto", requester: { user: "requester" } },
  });
  const targets = [{ kind: "Deployment", names: ["web"] }];
  const meta = (name: string) => ({ namespace: "shop", name });
  cluster.put({
    ...ours,
    kind: "SreAction",
    metadata: meta("undo"),
    spec: { type: "Rollback", targets, mode: "auto" },
  });
  cluster.put({
    ...ours,
    kind: "SreAction",
    metadata: meta("bounce"),
    spec: { type: "Restart", targets, mode: "auto" },
  });
}

/** Changes the image, as a person would. */
export function deploy(cluster: MemoryCluster, image: string): void {
  const live = cluster.peek<Workload>(WEB)!;
  cluster.put({ ...live, spec: { ...live.spec, template: template(image) } });
}

const REVISION = "deployment.kubernetes.io/revision";
const imageOf = (live: Workload) => (JSON.stringify(live.spec?.template).includes(":bad") ? "bad" : "good");

function roll(cluster: MemoryCluster): void {
  const live = cluster.peek<Workload>(WEB);
  if (!live) return;
  const sets = cluster.all<Workload>("ReplicaSet");
  const top = Math.max(0, ...sets.map((set) => Number(set.metadata.annotations?.[REVISION])));
  const hash = imageHash(live);
  const current = sets.find(({ metadata }) => metadata.name === `web-${hash}`);
  const isNewest = current && Number(current.metadata.annotations?.[REVISION]) === top;
  const revision = isNewest ? top : top + 1;
  const labels = { ...live.spec?.template?.metadata?.labels, "pod-template-hash": hash };
  cluster.put({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      namespace: "shop",
      name: `web-${hash}`,
      uid: `web-${hash}-uid`,
      annotations: { [REVISION]: String(revision) },
      ownerReferences: [{ ...DEPLOYMENT, name: "web", uid: "web-uid", controller: true }],
    },
    spec: { template: { ...live.spec?.template, metadata: { ...live.spec?.template?.metadata, labels } } },
  });
  const replicas = live.spec?.replicas ?? 1;
  const availableReplicas = imageOf(live) === "bad" ? 0 : replicas;
  const annotations = { ...live.metadata.annotations, [REVISION]: String(revision) };
  const counts = { replicas, updatedReplicas: replicas, availableReplicas, readyReplicas: availableReplicas };
  const status = {
    ...counts,
    unavailableReplicas: replicas - availableReplicas,
    observedGeneration: live.metadata.generation,
  };
  cluster.put({ ...live, metadata: { ...live.metadata, annotations }, status });
}

function imageHash(live: Workload): string {
  const [, image = ""] = /"image":"web:([^"]*)"/.exec(JSON.stringify(live.spec?.template)) ?? [];
  const restarted = live.spec?.template?.metadata?.annotations?.["kubectl.kubernetes.io/restartedAt"] ?? "";
  return `${image}${restarted.replace(/\W/g, "").toLowerCase()}`;
}

const target = { ...WEB, uid: "web-uid" };
export const ROLLBACK: Action = { type: "Rollback", target, parameters: { toRevision: 1 } };
export const RESTART: Action = { type: "Restart", target, parameters: { restartedAt: "2026-01-01T00:00:00Z" } };

export function requestFor(action: Action): ProposalRequest {
  return {
    action,
    run: RUN,
    caller: { username: "system:serviceaccount:sre:agent" },
    local: false,
    correlationId: "run-uid",
    signal: new AbortController().signal,
  };
}

export type Record = SreRemediation & KubeObject;

export function onlyRecord({ cluster }: Pick<Incident, "cluster">): Record {
  const [record, ...more] = cluster.all<Record>("SreRemediation");
  if (!record || more.length > 0) throw new Error(`expected one record, found ${more.length + (record ? 1 : 0)}`);
  return record;
}

/** Approves the one record as `alice` unless told otherwise. */
export function approve(incident: Incident, change: Partial<SreApproval["spec"]> = {}): void {
  const { metadata, spec } = onlyRecord(incident);
  incident.cluster.put({
    apiVersion: API_VERSION,
    kind: "SreApproval",
    metadata: { namespace: "shop", name: `approval-${incident.cluster.all("SreApproval").length}` },
    spec: {
      remediationRef: { name: metadata.name, uid: metadata.uid },
      digest: spec.approvalDigest,
      decision: "Approve",
      approver: "alice",
      write: spec.write,
      ...change,
    },
  });
}

/** A fresh incident with one proposal on record. */
export async function proposed(action = ROLLBACK): Promise<Incident> {
  const incident = createIncident();
  const proposal = await propose(incident.dependencies, requestFor(action));
  if (!proposal.ok) throw new Error(proposal.denial.message);
  return incident;
}

/** Stores `change` merged into the spec of an object, as an administrator's edit. */
export function edit({ cluster }: Incident, ref: ObjectRef, change: object): void {
  const object = cluster.peek<KubeObject & { readonly spec: object }>(ref);
  cluster.put({ ...object, spec: { ...object?.spec, ...change } });
}
