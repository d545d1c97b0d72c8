import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { API_VERSION, GROUP, type SreInvestigation } from "@sre-agent/crds";
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
  systemClock,
} from "@sre-agent/kube";
import { createPseudonyms } from "@sre-agent/redaction";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAgentClient } from "./agent/client.ts";
import { OPERATOR_LEASE, type Operator, startOperator } from "./start-operator.ts";
import { createScriptedAgent } from "./test/scripted-agent.ts";
import { readJournal } from "./transcripts/chunk.ts";
import { readChunks } from "./transcripts/transcript-store.ts";
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

async function start(url: string): Promise<Operator> {
  const logger = await createLogger({ component: "operator", level: "error" });
  const onError = (error: unknown) => logger.error("watch", { error });
  const clock = systemClock;
  const identity = `test-${process.pid}`;
  const options = { secret: () => "s", decideTimeoutMs: 10_000, executeTimeoutMs: 10_000 };
  return startOperator({
    reader: createReader(connection),
    recordWriter: createRecordWriter(connection, { group: GROUP }),
    eventRecorder: createEventRecorder(connection, {
      reportingController: `${GROUP}/operator`,
      reportingInstance: identity,
      clock,
    }),
    watch: createWatch({ connection, clock, random: Math.random, onError }),
    election: createLeaseElection({ connection, namespace: NAMESPACE, name: OPERATOR_LEASE, identity, clock, onError }),
    agent: createAgentClient({ url, ...options }),
    clock,
    pseudonym: createPseudonyms(new Uint8Array(32)),
    logger,
    metrics: await createMetrics({ component: "operator", processMetrics: false, unknownLabel: "throw" }),
    namespaces: [NAMESPACE],
  });
}

const pod = (command: string) => ({
  metadata: { labels: { app: "crash" } },
  spec: {
    terminationGracePeriodSeconds: 0,
    containers: [{ name: "c", image: "localhost/toolbox:1", imagePullPolicy: "Never", command: ["sh", "-c", command] }],
  },
});

const deployment = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "crash", namespace: NAMESPACE, labels: { app: "crash" } },
  spec: { replicas: 1, selector: { matchLabels: { app: "crash" } }, template: pod("exit 3") },
};

const trigger = {
  apiVersion: API_VERSION,
  kind: "SreTrigger",
  metadata: { name: "crashes", namespace: NAMESPACE },
  spec: {
    target: { kinds: ["Deployment"], selector: { matchLabels: { app: "crash" } } },
    when: [{ condition: { on: "Pods", type: "Ready", status: "False", reasons: ["CrashLoopBackOff"] } }],
  },
};

async function eventually<T>(find: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await systemClock.sleep(50);
  }
}

beforeAll(async () => {
  const kubeconfig = process.env["KUBECONFIG"];
  connection = await connect(kubeconfig === undefined ? {} : { kubeconfig });
  await createInstaller(connection).apply({
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: NAMESPACE },
  } as never);
  operator = await start(await serveAgent());
  await operator.ready;
});

afterAll(async () => {
  await operator?.stop();
  await createInstaller(connection).delete({ apiVersion: "v1", kind: "Namespace", name: NAMESPACE });
  for (const stop of stops) await stop();
  await connection?.close();
});

describe("on a real cluster", () => {
  it("a crash-looping Deployment gets one investigation, which reaches a decision", async () => {
    const reader = createReader(connection);
    const installer = createInstaller(connection);
    await installer.apply(trigger as never);
    await installer.apply(deployment as never);
    const crashedAtMs = await eventually(async () => {
      const { items } = await reader.listAll<
        KubeObject & { status?: { containerStatuses?: { restartCount: number }[] } }
      >({ apiVersion: "v1", kind: "Pod" }, { namespace: NAMESPACE });
      return items.some(({ status }) => (status?.containerStatuses?.[0]?.restartCount ?? 0) > 0)
        ? Date.now()
        : undefined;
    });
    const kind = { apiVersion: API_VERSION, kind: "SreInvestigation" };
    const created = await eventually(async () => {
      const { items } = await reader.listAll<SreInvestigation & KubeObject>(kind, { namespace: NAMESPACE });
      return items[0];
    });
    process.stdout.write(`condition seen by a poll → investigation seen: ${Date.now() - crashedAtMs} ms\n`);
    const ref = { ...kind, namespace: NAMESPACE, name: created.metadata.name };
    const decided = await eventually(async () => {
      const run = await reader.get<SreInvestigation & KubeObject>(ref);
      return run.status?.completedAt === undefined ? undefined : run;
    });
    expect(decided.status).toMatchObject({ phase: "NoActionNeeded", decision: "deny", usage: { steps: 1 } });
    expect(decided.spec.symptom).toMatch(/CrashLoopBackOff/);
    const access = { reader, recordWriter: createRecordWriter(connection, { group: GROUP }) };
    const chunks = await readChunks(access, decided, new AbortController().signal);
    expect(readJournal(chunks).map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
    // The transcripts go with their run; the trigger first, since an open incident without its run starts it again.
    await installer.delete({ ...trigger, namespace: NAMESPACE, name: trigger.metadata.name });
    await access.recordWriter.delete(ref);
    await eventually(async () => {
      const left = await readChunks(access, decided, new AbortController().signal);
      return left.length === 0 ? true : undefined;
    });
  });
});
