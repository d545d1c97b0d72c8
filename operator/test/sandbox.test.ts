import { API_VERSION, GROUP, type SreInvestigation, type SreTranscript, type SreTrigger } from "@sre-agent/crds";
import { createLogger, createMetrics } from "@sre-agent/frame";
import {
  type Connection,
  connect,
  createEventRecorder,
  createReader,
  createRecordWriter,
  type KubeObject,
  systemClock,
} from "@sre-agent/kube";
import { type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createStanding } from "../src/standing.ts";
import { type Operator, startOperator } from "../src/start-operator.ts";
import { createScriptedAgent } from "../src/test/scripted-agent.ts";
import { createWatch } from "../src/watch.ts";

const TARGETS = 500;
const UNWELL = 12;
const PATIENCE = { timeout: 110_000, interval: 100 };
const agent = createScriptedAgent();
let sandbox: Sandbox;
let connection: Connection;

/** Nothing in the sandbox runs a DaemonSet, so its status stays as it is given. */
const daemonSet = (name: string, healthy: boolean) => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name, namespace: "default" },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "c", image: "i" }] } },
  },
  status: {
    currentNumberScheduled: 1,
    numberMisscheduled: 0,
    desiredNumberScheduled: 1,
    numberReady: healthy ? 1 : 0,
    conditions: [{ type: "Healthy", status: healthy ? "True" : "False", lastTransitionTime: "2026-01-01T00:00:00Z" }],
  },
});

const trigger = {
  apiVersion: API_VERSION,
  kind: "SreTrigger",
  metadata: { name: "ill", namespace: "default" },
  spec: { target: { kinds: ["DaemonSet"] }, when: [{ condition: { type: "Healthy", status: "False" } }] },
};

const policy = {
  apiVersion: API_VERSION,
  kind: "SrePolicy",
  metadata: { name: "default" },
  spec: { mode: "observe", investigations: { maxConcurrent: 50, maxPerHour: 1_000 } },
};

async function start(): Promise<Operator> {
  const logger = await createLogger({ component: "operator", level: "error" });
  const clock = systemClock;
  const operator = startOperator({
    reader: createReader(connection),
    recordWriter: createRecordWriter(connection, { group: GROUP }),
    eventRecorder: createEventRecorder(connection, {
      reportingController: `${GROUP}/operator`,
      reportingInstance: "test",
      clock,
    }),
    watch: createWatch({ connection, clock, random: Math.random, onError: () => undefined }),
    election: { run: (signal, lead) => lead(signal) },
    agent,
    standing: createStanding({ check: { pass: () => undefined, fail: () => undefined }, logger, clock }),
    clock,
    pseudonym: (_kind, value) => `${value.length}`,
    logger,
    metrics: await createMetrics({ component: "operator", processMetrics: false, unknownLabel: "throw" }),
  });
  await operator.ready;
  return operator;
}

async function list<T>(kind: string): Promise<readonly T[]> {
  const { items } = await createReader(connection).listAll<KubeObject>({ apiVersion: API_VERSION, kind });
  return items as unknown as readonly T[];
}

const finished = async () =>
  (await list<SreInvestigation>("SreInvestigation")).filter(({ status }) => status?.completedAt !== undefined).length;

beforeAll(async () => {
  sandbox = await startSandbox();
  connection = await connect({ server: sandbox.url, token: sandbox.tokenFor("operator", ["system:masters"]) });
}, 60_000);
afterAll(async () => {
  await connection?.close();
  await sandbox?.stop();
});

describe("an operator on the API of the sandbox", () => {
  it("restarts under load, lists anew, and doubles and loses nothing", { timeout: 120_000 }, async () => {
    sandbox.apply(policy, trigger);
    for (let index = 0; index < TARGETS; index += 1) sandbox.apply(daemonSet(`node-${index}`, index >= UNWELL));
    let operator = await start();
    for (const enough of [2, 6]) {
      await expect.poll(finished, PATIENCE).toBeGreaterThanOrEqual(enough);
      await operator.stop();
      sandbox.compact();
      operator = await start();
    }
    await expect.poll(finished, PATIENCE).toBe(UNWELL);
    // All watches are refused, and everything is listed once more.
    sandbox.compact();
    sandbox.apply(daemonSet("node-0", false));
    await operator.stop();
    operator = await start();
    await operator.stop();
    const runs = await list<SreInvestigation>("SreInvestigation");
    const names = Array.from({ length: UNWELL }, (_, index) => `node-${index}`);
    expect(runs.map(({ spec }) => spec.target.name).toSorted()).toEqual(names.toSorted());
    const [{ status } = {}] = await list<SreTrigger>("SreTrigger");
    expect(status?.incidents?.map(({ episode }) => episode)).toEqual(names.map(() => 1));
    expect(await list<SreTranscript>("SreTranscript")).toHaveLength(UNWELL * 4);
    // An orderly stop finishes the step under way, so no call was made twice.
    expect(agent.decisions).toHaveLength(UNWELL * 4);
  });
});
