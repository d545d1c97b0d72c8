import type { SreRemediation } from "@sre-agent/crds";
import type { KubeObject } from "@sre-agent/kube";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Workload } from "../facts/workload.ts";
import { ActCluster } from "./test/act-cluster.ts";

const cluster = new ActCluster("mcp-act");

const deployment = (name: string, command: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: cluster.meta(name),
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "web",
            image: "localhost/toolbox:1",
            imagePullPolicy: "Never",
            command: ["sh", "-c", command],
            env: [{ name: "API_TOKEN", value: "canary-5d41402abc" }],
          },
        ],
      },
    },
  },
});

beforeAll(() => {
  cluster.open([
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] },
    { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
  ]);
  for (const name of ["web", "api"]) cluster.apply(deployment(name, "exec sleep 100000"));
  for (const name of ["web", "api"])
    cluster.kubectl(["-n", cluster.namespace, "rollout", "status", `deployment/${name}`, "--timeout=90s"]);
  cluster.apply(deployment("web", "exit 3"));
  cluster.allow("undo", { type: "Rollback", targets: [{ kind: "Deployment", names: ["web"] }] });
  const verify = { within: "5s", stableFor: "3s" };
  cluster.allow("size", { type: "Scale", targets: [{ kind: "Deployment", names: ["api"] }], verify });
  cluster.allow("evict", { type: "Evict", targets: [{ kind: "Pod", selector: { matchLabels: { app: "api" } } }] });
});

afterAll(() => cluster.close());

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };

test("a bad rollout is proposed to be rolled back, approved by a person, executed and verified", () =>
  cluster.withServer(async (server) => {
    const receipt = await cluster.carriedOut(server, "workload_rollback", { name: "web" });
    expect(receipt).toMatchObject({
      phase: "Succeeded",
      outcome: "Succeeded",
      summary: "roll back Deployment/web to revision 1",
    });
    const live = await server.reader.get<Workload>({ ...DEPLOYMENT, ...cluster.meta("web") });
    expect(live.metadata.annotations).toMatchObject({
      "sre-agent.dev/action": receipt.name,
      "deployment.kubernetes.io/revision": "3",
    });
    expect(live.status?.availableReplicas).toBe(2);
    const sets = await server.reader.listAll<KubeObject>(
      { apiVersion: "apps/v1", kind: "ReplicaSet" },
      { namespace: cluster.namespace, labelSelector: "app=web" },
    );
    const revisions = sets.items.map(({ metadata }) => metadata.annotations?.["deployment.kubernetes.io/revision"]);
    // The bad one keeps its number, which is the way back.
    expect(revisions.sort()).toEqual(["2", "3"]);
    const record = cluster.kubectl(["-n", cluster.namespace, "get", "sreremediation", receipt.name, "-o", "json"]);
    expect(record).not.toContain("canary");
    expect((JSON.parse(record) as SreRemediation).status).toMatchObject({
      approvalRef: { approver: cluster.approver },
      inverse: { parameters: { toRevision: 2 } },
    });
  }));

test("a scale that leaves the target worse at the deadline is undone", () =>
  cluster.withServer(async (server) => {
    const { items } = await server.reader.listAll({ apiVersion: "v1", kind: "Pod" }, { namespace: cluster.namespace });
    cluster.apply({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: cluster.meta("full"),
      spec: { hard: { pods: String(items.length) } },
    });
    const receipt = await cluster.carriedOut(server, "workload_scale", { name: "api", replicas: 3 });
    expect(receipt).toMatchObject({ phase: "RolledBack", diff: "- spec.replicas: 2\n+ spec.replicas: 3" });
    const live = await server.reader.get<Workload>({ ...DEPLOYMENT, ...cluster.meta("api") });
    expect(live.spec?.replicas).toBe(2);
    cluster.kubectl(["-n", cluster.namespace, "delete", "resourcequota", "full"]);
  }));

test("a pod is evicted once and its controller verified", () =>
  cluster.withServer(async (server) => {
    const options = { namespace: cluster.namespace, labelSelector: "app=api" };
    const { items } = await server.reader.listAll({ apiVersion: "v1", kind: "Pod" }, options);
    const name = items[0]?.metadata.name ?? "";
    expect(await cluster.carriedOut(server, "pod_evict", { name })).toMatchObject({ phase: "Succeeded" });
    const { items: after } = await server.reader.listAll({ apiVersion: "v1", kind: "Pod" }, options);
    expect(after.map(({ metadata }) => metadata.name)).not.toContain(name);
    expect(after).toHaveLength(2);
  }));
