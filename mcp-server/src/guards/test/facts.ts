import {
  ACTION,
  type Action,
  API_VERSION,
  actionKey,
  POLICY,
  type RemediationSpec,
  type RemediationStatus,
  type SreAction,
  type SreApproval,
  type SreInvestigation,
  type SrePolicy,
  type SreRemediation,
} from "@sre-agent/crds";
import { type Facts, known } from "../../facts/facts.ts";
import type { Workload } from "../../facts/workload.ts";

/** Noon of a Thursday. */
const NOW = Date.UTC(2026, 0, 1, 12);
export const at = (minutes: number) => new Date(NOW + minutes * 60_000).toISOString();

const meta = (name: string, namespace?: string) => ({
  name,
  ...(namespace === undefined ? {} : { namespace }),
  uid: `${name}-uid`,
  resourceVersion: "1",
  generation: 1,
  creationTimestamp: at(-60),
});

const target = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "web-uid" };
export const ROLLBACK: Action = { type: "Rollback", target, parameters: { toRevision: 1 } };
export const RESTART: Action = { type: "Restart", target, parameters: { restartedAt: at(0) } };
export const scaleTo = (replicas: number): Action => ({ type: "Scale", target, parameters: { replicas } });
export const EVICT: Action = {
  type: "Evict",
  target: { ...target, apiVersion: "v1", kind: "Pod", name: "web-a", uid: "web-a-uid" },
  parameters: {},
};

export function policy(spec: object = {}): SrePolicy {
  const whole = { mode: "auto", rules: [{ namespaces: ["shop"], mode: "auto" }], ...spec };
  return { apiVersion: API_VERSION, kind: "SrePolicy", metadata: meta("default"), spec: POLICY.spec.parse(whole) };
}

export function sreAction(spec: object = {}, name = "undo"): SreAction {
  const whole = { type: "Rollback", targets: [{ kind: "Deployment", names: ["web"] }], mode: "auto", ...spec };
  return { apiVersion: API_VERSION, kind: "SreAction", metadata: meta(name, "shop"), spec: ACTION.spec.parse(whole) };
}

export function run(spec: Partial<SreInvestigation["spec"]> = {}): SreInvestigation {
  const whole = {
    target: { apiVersion: "apps/v1", kind: "Deployment" },
    symptom: "down",
    mode: "auto",
    ...spec,
  } as const;
  return { apiVersion: API_VERSION, kind: "SreInvestigation", metadata: meta("web-1", "shop"), spec: whole };
}

export function workload(
  change: Partial<Workload["metadata"]> = {},
  spec: Workload["spec"] = {},
  status: Workload["status"] = {},
): Workload {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { ...meta("web", "shop"), labels: { app: "web" }, ...change },
    spec: { replicas: 4, template: { metadata: { labels: { app: "web" } } }, ...spec },
    status: { readyReplicas: 4, ...status },
  };
}

export function pod(name: string, ready: boolean): Workload {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "web-1", uid: "rs-uid", controller: true };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...meta(name, "shop"), labels: { app: "web" }, ownerReferences: [owner] },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}

export function record(
  name = "act-own",
  change: { spec?: Partial<RemediationSpec>; status?: RemediationStatus } = {},
): SreRemediation {
  const spec: RemediationSpec = {
    action: ROLLBACK,
    actionKey: actionKey(ROLLBACK),
    approvalDigest: "sha256:own",
    premise: {},
    summary: "roll back",
    diff: "",
    write: { verb: "patch", group: "apps", resource: "deployments", name: "web" },
    authority: {
      actionRef: { name: "undo", uid: "undo-uid", generation: 1 },
      policyRef: { uid: "default-uid", generation: 1 },
      mode: "approve",
    },
    dryRun: { clean: true },
    expiresAt: at(600),
    proposer: { user: "system:serviceaccount:sre:agent" },
    requester: { user: "requester" },
    correlationId: "c",
    ...change.spec,
  };
  const status = change.status ? { status: change.status } : {};
  return { apiVersion: API_VERSION, kind: "SreRemediation", metadata: meta(name, "shop"), spec, ...status };
}

export function approval(spec: Partial<SreApproval["spec"]> = {}, minutesAgo = 1): SreApproval {
  return {
    apiVersion: API_VERSION,
    kind: "SreApproval",
    metadata: { ...meta("yes", "shop"), creationTimestamp: at(-minutesAgo) },
    spec: {
      remediationRef: { name: "act-own", uid: "act-own-uid" },
      digest: "sha256:own",
      decision: "Approve",
      approver: "alice",
      write: { verb: "patch", group: "apps", resource: "deployments", name: "web" },
      ...spec,
    },
  };
}

/** Facts under which every guard lets the rollback pass. */
export function facts(change: Partial<Facts> = {}): Facts {
  return {
    stage: "propose",
    nowMs: NOW,
    protectedNamespaces: [],
    recordName: "act-own",
    record: undefined,
    policy: known(policy()),
    run: known(run()),
    trigger: known(undefined),
    actions: known([
      sreAction(),
      sreAction({ type: "Restart" }, "bounce"),
      sreAction({ type: "Scale" }, "size"),
      sreAction({ type: "Evict", targets: [{ kind: "Pod", selector: { matchLabels: { app: "web" } } }] }, "evict"),
    ]),
    target: known(workload()),
    namespace: known({ apiVersion: "v1", kind: "Namespace", metadata: { ...meta("shop"), labels: { team: "shop" } } }),
    history: known({ replicaSets: [], controllerRevisions: [], events: [] }),
    pods: known([]),
    autoscalers: known([]),
    budgets: known([]),
    ledger: known([]),
    approvals: known([]),
    requester: { user: { username: "requester" }, may: known(true) },
    approverMay: new Map([["alice", known(true)]]),
    ownFinding: known(true),
    ...change,
  };
}

/** The same at execution: recorded and approved. */
export function executing(change: Partial<Facts> = {}): Facts {
  const own = change.record ?? record();
  return facts({ stage: "execute", record: own, ledger: known([own]), approvals: known([approval()]), ...change });
}
