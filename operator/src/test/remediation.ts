import { API_VERSION } from "@sre-agent/crds";

export const DIGEST = `sha256:${"a".repeat(64)}`;

/** A record of the ledger about the restart of web, proposed by `run` under the effective mode. */
export function remediation(mode: string, status: object | undefined = undefined, run = "inv") {
  const target = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "uid-web" };
  return {
    apiVersion: API_VERSION,
    kind: "SreRemediation",
    metadata: { name: "act-1", namespace: "shop" },
    spec: {
      action: { type: "Restart", target, parameters: {} },
      actionKey: DIGEST,
      approvalDigest: DIGEST,
      premise: {},
      summary: "restart Deployment/web",
      diff: "+ restartedAt",
      write: { verb: "patch", group: "apps", resource: "deployments", name: "web" },
      authority: {
        actionRef: { name: "restart", uid: "u-a", generation: 1 },
        policyRef: { uid: "u-p", generation: 1 },
        mode,
      },
      dryRun: { clean: true },
      expiresAt: "2026-01-02T00:00:00Z",
      runRef: { name: run, uid: `uid-${run}` },
      proposer: { user: "agent" },
      correlationId: `uid-${run}`,
    },
    ...(status === undefined ? {} : { status }),
  };
}
