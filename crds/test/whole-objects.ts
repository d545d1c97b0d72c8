/** A spec of each kind that is right and has every field: what is made wrong in it is wrong by that alone. */

const hash = `sha256:${"a".repeat(64)}`;
const time = "2026-01-02T03:04:05Z";
const selector = { matchLabels: { app: "web" } };
const budget = {
  steps: 10,
  toolCalls: 20,
  inputTokens: 50_000,
  outputTokens: 5_000,
  seconds: 120,
  costMicroUsd: 100_000,
};
const windows = [{ days: ["Mon"], from: "09:00", to: "17:00", timeZone: "UTC" }];
const quotas = {
  perTargetPer10Minutes: 1,
  perNamespacePerHour: 3,
  perNamespacePerDay: 10,
  clusterPer10Minutes: 3,
  openProposals: 5,
};
const write = { verb: "patch", group: "apps", resource: "deployments", name: "web" };
const target = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "u-1" };

export const WHOLE_SPECS: Readonly<Record<string, object>> = {
  SreTrigger: {
    target: { kinds: ["Deployment"], selector },
    when: [
      { condition: { of: "Target", type: "Available", status: "False", reasons: ["MinimumReplicas"] }, for: "30s" },
      { event: { reasons: ["BackOff"], type: "Warning", atLeast: 3, quiet: "10m" } },
    ],
    actionRefs: ["roll-back"],
    mode: "propose",
    cooldown: "10m",
    budget,
    instructions: "It is slow on Mondays.",
    suspend: false,
    historyLimit: 50,
  },
  SreAction: {
    type: "Scale",
    targets: [
      { kind: "Deployment", names: ["web"] },
      { kind: "StatefulSet", selector },
    ],
    bounds: { minReplicas: 1, maxReplicas: 5, maxRevisionsBack: 2 },
    mode: "approve",
    cooldown: "10m",
    limits: { perHour: 3, perDay: 10 },
    verify: { within: "5m", stableFor: "30s" },
    description: "For the morning.",
  },
  SreInvestigation: {
    target: { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "u-1" },
    symptom: "slow",
    triggerRef: { name: "unwell", uid: "u-2", episode: 1 },
    actionRefs: ["roll-back"],
    mode: "propose",
    budget,
    instructions: "It is slow on Mondays.",
    requester: { user: "jane" },
  },
  SreTranscript: {
    investigationRef: { name: "unwell-1", uid: "u-3" },
    index: 1,
    previousHash: hash,
    hash,
    firstSeq: 0,
    lastSeq: 4,
    entries: "{}",
  },
  SreRemediation: {
    action: {
      type: "Scale",
      target,
      parameters: { toRevision: 1, restartedAt: time, replicas: 3 },
    },
    actionKey: hash,
    approvalDigest: hash,
    premise: { generation: "3" },
    summary: "scale Deployment/web to 3",
    diff: "-  replicas: 0\n+  replicas: 3",
    write,
    authority: {
      actionRef: { name: "scale", uid: "u-4", generation: 1 },
      policyRef: { uid: "u-5", generation: 1 },
      mode: "approve",
    },
    dryRun: { clean: true, message: "ok" },
    expiresAt: time,
    runRef: { name: "unwell-1", uid: "u-3" },
    undoes: { name: "act-1", uid: "u-6" },
    requestKey: "k-1",
    proposer: { user: "jane", ownClient: false },
    requester: { user: "jane" },
    correlationId: "c-1",
    reason: "it was zero",
    evidence: ["ev-1"],
  },
  SreApproval: {
    remediationRef: { name: "act-1", uid: "u-6" },
    digest: hash,
    decision: "Approve",
    approver: "jane",
    groups: ["on-call"],
    write,
    reason: "seen",
  },
  SrePolicy: {
    mode: "approve",
    rules: [
      { namespaces: ["shop"], mode: "approve", quotas, windows },
      { namespaceSelector: selector, mode: "observe" },
    ],
    protectedNamespaces: ["vault"],
    quotas,
    breaker: { failures: 2, within: "1h" },
    fourEyes: true,
    investigations: { maxConcurrent: 5, maxPerHour: 60 },
    modelBudget: budget,
    retention: { investigations: "7d", remediations: "30d" },
  },
};
