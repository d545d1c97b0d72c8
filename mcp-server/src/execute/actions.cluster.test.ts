import type { KubeObject } from "@sre-agent/kube";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Workload } from "../facts/workload.ts";
import { ActCluster, type ActServer } from "./test/act-cluster.ts";

/** Every action on every kind it makes sense for, against real controllers. */
const cluster = new ActCluster("mcp-actions");

const KINDS = { Deployment: "deploy", StatefulSet: "sts", DaemonSet: "ds" } as const;
type Kind = keyof typeof KINDS;

/** A DaemonSet of one node starts its pod ahead, or the only ready one would be taken away. */
const STRATEGY: Readonly<Record<Kind, object>> = {
  Deployment: { replicas: 3 },
  StatefulSet: { replicas: 3, serviceName: "none", podManagementPolicy: "Parallel" },
  DaemonSet: { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } } },
};

function workload(kind: Kind, value: string, name: string = KINDS[kind]) {
  const labels = { app: name };
  const container = {
    ...{ name: "main", image: "localhost/toolbox:1", imagePullPolicy: "Never" },
    command: ["sh", "-c", "exec sleep 100000"],
    env: [{ name: "RELEASE", value }],
  };
  return {
    apiVersion: "apps/v1",
    kind,
    metadata: cluster.meta(name),
    spec: {
      ...STRATEGY[kind],
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [container] } },
    },
  };
}

function rolledOut(kind: Kind): void {
  const name = `${kind.toLowerCase()}/${KINDS[kind]}`;
  cluster.kubectl(["-n", cluster.namespace, "rollout", "status", name, "--timeout=110s"]);
}

let server: ActServer;
let stopServer: (() => Promise<void>) | undefined;

const live = (kind: Kind, name: string = KINDS[kind]) =>
  server.reader.get<Workload>({ apiVersion: "apps/v1", kind, ...cluster.meta(name) });

interface Counts {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberReady?: number;
}

/** What `kubectl rollout status` waits for. */
async function isRolledOut(kind: Kind): Promise<boolean> {
  const { metadata, status = {} } = (await live(kind)) as KubeObject & { readonly status?: Counts };
  const wanted = kind === "DaemonSet" ? status.desiredNumberScheduled : status.replicas;
  const [updated, ready] =
    kind === "DaemonSet"
      ? [status.updatedNumberScheduled, status.numberReady]
      : [status.updatedReplicas, status.readyReplicas];
  return status.observedGeneration === metadata.generation && wanted === updated && wanted === ready;
}

const RELEASE = /"name":"RELEASE","value":"(\w+)"/;
const releaseOf = async (kind: Kind) => RELEASE.exec(JSON.stringify((await live(kind)).spec?.template))?.[1];

async function podsOf(kind: Kind): Promise<readonly string[]> {
  const options = { namespace: cluster.namespace, labelSelector: `app=${KINDS[kind]}` };
  const { items } = await server.reader.listAll<KubeObject>({ apiVersion: "v1", kind: "Pod" }, options);
  return items.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.uid);
}

beforeAll(async () => {
  const apps = { apiGroups: ["apps"], resources: ["deployments", "statefulsets", "daemonsets"], verbs: ["patch"] };
  cluster.open([apps, { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] }]);
  const targets = Object.entries(KINDS).map(([kind, name]) => ({ kind, names: [name, `cold-${name}`] }));
  cluster.allow("back", { type: "Rollback", targets });
  cluster.allow("bounce", { type: "Restart", targets });
  cluster.allow("size", { type: "Scale", targets, bounds: { minReplicas: 1, maxReplicas: 5 } });
  cluster.allow("evict", { type: "Evict", targets: [{ kind: "Pod", selector: { matchLabels: { app: "deploy" } } }] });
  for (const kind of Object.keys(KINDS) as Kind[]) cluster.apply(workload(kind, "one"));
  for (const kind of Object.keys(KINDS) as Kind[]) rolledOut(kind);
  ({ server, stop: stopServer } = await cluster.startServer());
}, 240_000);

afterAll(async () => {
  await stopServer?.();
  cluster.close();
});

const every = Object.keys(KINDS) as Kind[];
const TIMEOUT = 240_000;

/** The kinds side by side: most of the time is spent waiting for controllers. */
describe("a restart", () => {
  it.concurrent.each(every)(
    "replaces every pod of a %s",
    async (kind) => {
      const before = await podsOf(kind);
      const receipt = await cluster.carriedOut(server, "workload_restart", { kind, name: KINDS[kind] });
      expect(receipt).toMatchObject({ outcome: "Succeeded" });
      const after = await podsOf(kind);
      expect(after).toHaveLength(before.length);
      expect(after.filter((uid) => before.includes(uid))).toEqual([]);
    },
    TIMEOUT,
  );
});

describe("a bad release", () => {
  it.concurrent.each(every)(
    "of a %s is rolled back, undone, and neither leaves a value in the ledger",
    async (kind) => {
      cluster.apply(workload(kind, "two"));
      // Not with kubectl, which would hold up the server in this process, and its lease with it.
      await expect.poll(() => isRolledOut(kind), { timeout: 110_000, interval: 500 }).toBe(true);
      const back = await cluster.carriedOut(server, "workload_rollback", { kind, name: KINDS[kind] });
      expect(back).toMatchObject({ outcome: "Succeeded" });
      expect(await releaseOf(kind)).toBe("one");
      const undone = await cluster.carriedOut(server, "remediation_undo", { name: back.name });
      expect(undone).toMatchObject({ outcome: "Succeeded", summary: expect.stringContaining(`undoes ${back.name}`) });
      expect(await releaseOf(kind)).toBe("two");
      await expect(cluster.ask(server, "remediation_undo", { name: back.name })).rejects.toThrow(/STALE/);
      expect(cluster.kubectl(["-n", cluster.namespace, "get", "sreremediations", "-o", "json"])).not.toContain('"two"');
    },
    TIMEOUT,
  );
});

describe("scaling", () => {
  it.concurrent.each(["Deployment", "StatefulSet"] as const)(
    "takes a %s up within bounds, and back by its undo",
    async (kind) => {
      const name = KINDS[kind];
      const count = async () => (await live(kind)).spec?.replicas;
      await expect(cluster.ask(server, "workload_scale", { kind, name, replicas: 6 })).rejects.toThrow(
        /ACTION_NOT_ALLOWED/,
      );
      const up = await cluster.carriedOut(server, "workload_scale", { kind, name, replicas: 4 });
      expect([up.outcome, await count()]).toEqual(["Succeeded", 4]);
      const undone = await cluster.carriedOut(server, "remediation_undo", { name: up.name });
      expect([undone.outcome, await count()]).toEqual(["Succeeded", 3]);
    },
    TIMEOUT,
  );

  it.concurrent.each(["Deployment", "StatefulSet"] as const)(
    "takes a %s at zero back to what it was",
    async (kind) => {
      // A fresh one: its controller tells only so many events of one object in a while.
      const name = `cold-${KINDS[kind]}`;
      cluster.apply(workload(kind, "one", name));
      const count = async () => (await live(kind, name)).spec?.replicas;
      const ready = async () => (await live(kind, name)).status?.readyReplicas ?? 0;
      await expect.poll(ready, { timeout: 90_000, interval: 500 }).toBe(3);
      cluster.kubectl(["-n", cluster.namespace, "scale", `${kind.toLowerCase()}/${name}`, "--replicas=0"]);
      await expect.poll(ready, { timeout: 90_000, interval: 500 }).toBe(0);
      const again = await cluster.carriedOut(server, "workload_scale", { kind, name });
      expect(again.diff).toContain("3 is the last recorded count");
      expect([again.outcome, await count()]).toEqual(["Succeeded", 3]);
      await expect(cluster.ask(server, "remediation_undo", { name: again.name })).rejects.toThrow(/NO_INVERSE/);
    },
    TIMEOUT,
  );
});

it(
  "a budget without room holds an eviction back: at the proposal, and at the write",
  async () => {
    const pod = async () => {
      const options = { namespace: cluster.namespace, labelSelector: "app=deploy" };
      const { items } = await server.reader.listAll({ apiVersion: "v1", kind: "Pod" }, options);
      return items[0]?.metadata.name ?? "";
    };
    const budget = (minAvailable: number) =>
      cluster.apply({
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: cluster.meta("deploy"),
        spec: { minAvailable, selector: { matchLabels: { app: "deploy" } } },
      });
    const allowed = (disruptions: string) =>
      expect
        .poll(
          () =>
            cluster.kubectl([
              ...["-n", cluster.namespace, "get", "pdb", "deploy"],
              ...["-o", "jsonpath={.status.disruptionsAllowed}"],
            ]),
          { timeout: 60_000, interval: 500 },
        )
        .toBe(disruptions);
    budget(3);
    await allowed("0");
    const name = await pod();
    await expect(cluster.ask(server, "pod_evict", { name })).rejects.toThrow(/BLAST_RADIUS/);
    // The eviction API itself says so, too, whatever a guard has seen.
    const { writer } = server;
    const { items } = await server.reader.listAll(
      { apiVersion: "v1", kind: "Pod" },
      { namespace: cluster.namespace, labelSelector: "app=deploy" },
    );
    const target = items.find(({ metadata }) => metadata.name === name);
    await expect(
      writer.evict({ namespace: cluster.namespace, name, uid: target?.metadata.uid ?? "" }),
    ).rejects.toMatchObject({ code: "TOO_MANY_REQUESTS" });
    budget(2);
    await allowed("1");
    expect(await cluster.carriedOut(server, "pod_evict", { name })).toMatchObject({ outcome: "Succeeded" });
    expect(await server.metrics()).toMatch(/sre_agent_remediations_total\{[^}]*outcome="Succeeded"[^}]*\} [1-9]/);
  },
  TIMEOUT,
);
