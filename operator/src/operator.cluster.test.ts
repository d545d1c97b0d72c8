import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { API_VERSION, GROUP, type SreInvestigation } from "@sre-agent/crds";
import { identities, rbac, SERVICE_ACCOUNTS, serviceAccountUser } from "@sre-agent/deploy";
import { createLogger, createMetrics } from "@sre-agent/frame";
import {
  type Connection,
  connect,
  createEventRecorder,
  createInstaller,
  createLeaseElection,
  createReader,
  createRecordWriter,
  type KubeObject,
  type NewObject,
  systemClock,
} from "@sre-agent/kube";
import { createPseudonyms } from "@sre-agent/redaction";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAgentClient } from "./agent/client.ts";
import { OPERATOR_LEASE, type Operator, startOperator } from "./start-operator.ts";
import { createScriptedAgent } from "./test/scripted-agent.ts";
import { readJournal } from "./transcripts/chunk.ts";
import { readChunks } from "./transcripts/transcript-store.ts";
import { type ConditionSource, conditionHolds } from "./triggers/condition.ts";
import { type PodObject, podOf, type WatchedPod, type WatchedWorkload } from "./triggers/workload.ts";
import { createWatch } from "./watch.ts";

const NAMESPACE = `operator-${process.pid}`;
const agent = createScriptedAgent();
const stops: (() => Promise<void>)[] = [];
let connection: Connection;
let operator: Operator;

/** The scripted agent behind HTTP, as the real one. */
async function serveAgent(): Promise<string> {
  const server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk);
    const answer = await agent.decide(JSON.parse(Buffer.concat(body).toString()), new AbortController().signal);
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(() => new Promise((resolve) => void server.close(() => resolve())));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The operator has the rights of its ServiceAccount and no more; the lease alone is claimed in the test's namespace. */
async function start(url: string, own: Connection): Promise<Operator> {
  const logger = await createLogger({ component: "operator", level: "error" });
  const onError = (error: unknown) => logger.error("watch", { error });
  const clock = systemClock;
  const identity = `test-${process.pid}`;
  const options = { secret: () => "s", decideTimeoutMs: 10_000, executeTimeoutMs: 10_000 };
  return startOperator({
    reader: createReader(own),
    recordWriter: createRecordWriter(own, { group: GROUP }),
    eventRecorder: createEventRecorder(own, {
      reportingController: `${GROUP}/operator`,
      reportingInstance: identity,
      clock,
    }),
    watch: createWatch({ connection: own, clock, random: Math.random, onError }),
    election: createLeaseElection({ connection, namespace: NAMESPACE, name: OPERATOR_LEASE, identity, clock, onError }),
    agent: createAgentClient({ url, ...options }),
    clock,
    pseudonym: createPseudonyms(new Uint8Array(32)),
    logger,
    metrics: await createMetrics({ component: "operator", processMetrics: false, unknownLabel: "throw" }),
    namespaces: [NAMESPACE],
  });
}

const pod = (app: string, command: string) => ({
  metadata: { labels: { app } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "c", image: "localhost/toolbox:1", imagePullPolicy: "Never", command: ["sh", "-c", command] }],
  },
});

const NAMES = ["one", "two", "three", "four", "five", "six"] as const;

const deployment = (name: string, command = "exit 3") => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: NAMESPACE, labels: { app: "crash" } },
  spec: { replicas: 1, selector: { matchLabels: { app: name } }, template: pod(name, command) },
});

const CRASH_LOOP: ConditionSource = { of: "Pods", type: "Ready", status: "False", reasons: ["CrashLoopBackOff"] };

const trigger = {
  apiVersion: API_VERSION,
  kind: "SreTrigger",
  metadata: { name: "crashes", namespace: NAMESPACE },
  spec: {
    target: { kinds: ["Deployment"], selector: { matchLabels: { app: "crash" } } },
    when: [{ condition: CRASH_LOOP }],
  },
};

async function eventually<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await systemClock.sleep(50);
  }
}

/** When the condition of each workload was first seen on a watch of our own, and when its investigation was. */
function observe(signal: AbortSignal) {
  const [ill, created] = [new Map<string, number>(), new Map<string, number>()];
  const note = (times: Map<string, number>, name: string) => void times.set(name, times.get(name) ?? performance.now());
  const watch = createWatch({ connection, clock: systemClock, random: Math.random, onError: () => undefined });
  const pods = watch<WatchedPod, PodObject>({
    kind: { apiVersion: "v1", kind: "Pod" },
    namespace: NAMESPACE,
    project: podOf,
    onChange: (_key, _old, now) => {
      const isIll = now && conditionHolds(CRASH_LOOP, {} as WatchedWorkload, { pods: [now], now: Date.now() });
      // The pod of Deployment `one` is `one-<hash>-<suffix>`.
      if (isIll) note(ill, now.name.split("-")[0] ?? "");
    },
  });
  const runs = watch<SreInvestigation, SreInvestigation & KubeObject>({
    kind: { apiVersion: API_VERSION, kind: "SreInvestigation" },
    namespace: NAMESPACE,
    project: (run) => run,
    onChange: (_key, _old, now) => note(created, now?.spec.target.name ?? ""),
  });
  void pods.run(signal);
  void runs.run(signal);
  return { ill, created, runs: runs.store };
}

beforeAll(async () => {
  const kubeconfig = process.env["KUBECONFIG"];
  const where = kubeconfig === undefined ? {} : { kubeconfig };
  connection = await connect(where);
  const installer = createInstaller(connection);
  for (const object of [...identities(), ...rbac()]) await installer.apply(object as NewObject);
  await installer.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  const user = serviceAccountUser(SERVICE_ACCOUNTS.operator);
  const own = await connect({ ...where, impersonate: { user, groups: ["system:serviceaccounts"] } });
  operator = await start(await serveAgent(), own);
  stops.push(() => own.close());
  await operator.ready;
});

afterAll(async () => {
  await operator?.stop();
  await createInstaller(connection).delete({ apiVersion: "v1", kind: "Namespace", name: NAMESPACE });
  for (const stop of stops) await stop();
  await connection?.close();
});

describe("on a real cluster", () => {
  it("crash-looping Deployments get one investigation each, which reach decisions", async () => {
    const ended = new AbortController();
    stops.push(async () => ended.abort());
    const { ill, created, runs } = observe(ended.signal);
    const installer = createInstaller(connection);
    await installer.apply(trigger);
    for (const name of NAMES) await installer.apply(deployment(name));
    const decided = await eventually(async () => {
      const done = runs.list().filter(({ status }) => status?.completedAt !== undefined);
      return done.length === NAMES.length ? done : undefined;
    });
    const delays = NAMES.map((name) => Math.round((created.get(name) ?? 0) - (ill.get(name) ?? 0)));
    process.stdout.write(`condition seen → investigation seen, ms: ${delays.join(", ")}\n`);
    expect(Math.max(...delays)).toBeLessThan(2_000);
    for (const run of decided) {
      expect(run.status).toMatchObject({ phase: "NoActionNeeded", decision: "deny", usage: { steps: 1 } });
      expect(run.spec.symptom).toMatch(/CrashLoopBackOff/);
    }
    expect(runs.size).toBe(NAMES.length);
  });

  it("a Deployment without a probe is seen at its first crash, although it is Ready again a second later", async () => {
    await createInstaller(connection).apply(deployment("slow", "sleep 8; exit 3"));
    const reader = createReader(connection);
    const kind = { apiVersion: API_VERSION, kind: "SreInvestigation" };
    const run = await eventually(async () => {
      const { items } = await reader.listAll<SreInvestigation & KubeObject>(kind, { namespace: NAMESPACE });
      return items.find(({ spec, status }) => spec.target.name === "slow" && status?.completedAt !== undefined);
    });
    const pods = { namespace: NAMESPACE, labelSelector: "app=slow" };
    const { items } = await reader.listAll<KubeObject>({ apiVersion: "v1", kind: "Pod" }, pods);
    const begun = Math.min(...items.map(({ metadata }) => Date.parse(metadata.creationTimestamp)));
    const seconds = (Date.parse(run.metadata.creationTimestamp) - begun) / 1000;
    process.stdout.write(`pod created → investigation created, s: ${seconds}\n`);
    // It crashes after 8 s, and for the second time after 16.
    expect(seconds).toBeGreaterThanOrEqual(7);
    expect(seconds).toBeLessThan(14);
  });

  it("a run's transcript is whole, and goes with the run", async () => {
    const access = { reader: createReader(connection), recordWriter: createRecordWriter(connection, { group: GROUP }) };
    const kind = { apiVersion: API_VERSION, kind: "SreInvestigation" };
    const { items } = await access.reader.listAll<SreInvestigation & KubeObject>(kind, { namespace: NAMESPACE });
    const [run] = items;
    if (run === undefined) throw new Error("the test before left no run");
    const { signal } = new AbortController();
    expect(readJournal(await readChunks(access, run, signal)).map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    // The trigger first: an open incident without its run starts it again.
    await createInstaller(connection).delete({ ...trigger, namespace: NAMESPACE, name: trigger.metadata.name });
    await access.recordWriter.delete({ ...kind, namespace: NAMESPACE, name: run.metadata.name });
    const left = await eventually(async () => ((await readChunks(access, run, signal)).length === 0 ? 0 : undefined));
    expect(left).toBe(0);
  });
});
