import { writeFileSync } from "node:fs";
import { API_VERSION, GROUP, isComplete, type SreInvestigation } from "@sre-agent/crds";
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
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type ReceivedSpan, startOtlpReceiver } from "../../agent/test/otlp-receiver.ts";
import { AGENT, type RealAgent, startRealAgent } from "../../agent/test/real-agent.ts";
import { createAgentClient } from "../src/agent/client.ts";
import { createStanding } from "../src/standing.ts";
import { startOperator } from "../src/start-operator.ts";
import { createWatch } from "../src/watch.ts";

const PATIENCE = { timeout: 110_000, interval: 100 };
const cleanup: (() => unknown)[] = [];
afterAll(async () => {
  for (const stop of cleanup.splice(0).reverse()) await stop();
});

/** An operator in front of the agent and the read server as they are shipped, over HTTP. */
async function beginOperator(connection: Connection, { url }: RealAgent) {
  const logger = await createLogger({ component: "operator", level: "error" });
  const clock = systemClock;
  const operator = startOperator({
    reader: createReader(connection),
    recordWriter: createRecordWriter(connection, { group: GROUP }),
    eventRecorder: createEventRecorder(connection, {
      ...{ reportingController: `${GROUP}/operator`, reportingInstance: "test", clock },
    }),
    watch: createWatch({ connection, clock, random: Math.random, onError: () => undefined }),
    election: { run: (signal, lead) => lead(signal) },
    agent: createAgentClient({ url, secret: () => "s3cret", decideTimeoutMs: 60_000, executeTimeoutMs: 10_000 }),
    standing: createStanding({ check: { pass: () => undefined, fail: () => undefined }, logger, clock }),
    ...{ clock, logger, pseudonym: (_kind, value) => `${value.length}` },
    metrics: await createMetrics({ component: "operator", processMetrics: false, unknownLabel: "throw" }),
  });
  cleanup.push(() => operator.stop());
}

/** Every span of one run, from the operator to the read server. */
async function spansOfRun() {
  const receiver = await startOtlpReceiver();
  cleanup.push(() => receiver.stop());
  const agent = await startRealAgent({ OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  cleanup.push(() => agent.stop());
  writeFileSync(agent.tokenFile, agent.sandbox.tokenFor(AGENT, [], ["sre-agent"]));
  const ready = async () => expect((await fetch(`${agent.url}/readyz`)).status).toBe(200);
  await vi.waitFor(ready, PATIENCE);
  const connection = await connect({ server: agent.sandbox.url, token: agent.sandbox.tokenFor("operator") });
  cleanup.push(() => connection.close());
  await beginOperator(connection, agent);
  const { namespace, name, uid } = agent.run;
  const where = { apiVersion: API_VERSION, kind: "SreInvestigation", namespace, name };
  const reader = createReader(connection);
  await vi.waitFor(async () => {
    const run = await reader.get<SreInvestigation & KubeObject>(where);
    expect(isComplete(run.status?.conditions)).toBe(true);
  }, PATIENCE);
  // Stopping sends what is left.
  for (const stop of cleanup.splice(1).reverse()) await stop();
  return { spans: receiver.spans, uid };
}

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);

describe("the trace of an investigation", { timeout: 240_000 }, () => {
  let spans: readonly ReceivedSpan[];
  let uid: string;
  beforeAll(async () => {
    ({ spans, uid } = await spansOfRun());
  }, 240_000);

  it("is one through operator, agent and MCP server", () => {
    const [root] = named(spans, "invoke_workflow sre-investigation");
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([root?.traceId]));
    expect(root).toMatchObject({ attributes: { "gen_ai.conversation.id": uid, "k8s.namespace.name": "shop" } });
    expect(root?.parentSpanId).toBeUndefined();
    expect(named(spans, "invoke_workflow sre-investigation")).toHaveLength(1);
  });

  it("leads from the root over each step of the operator and the agent to the tools", () => {
    const byId = new Map(spans.map((span) => [span.spanId, span]));
    const pathOf = (span: ReceivedSpan): string[] => {
      const parent = byId.get(span.parentSpanId);
      return [...(parent === undefined ? [] : pathOf(parent)), span.name];
    };
    const [served] = named(spans, "tools/call diagnose");
    expect(served && pathOf(served)).toEqual([
      "invoke_workflow sre-investigation",
      "invoke_agent sre-agent",
      "invoke_agent sre-agent",
      "execute_tool diagnose",
      "tools/call diagnose",
    ]);
    const orphans = spans.filter((span) => span.parentSpanId !== undefined && !byId.has(span.parentSpanId));
    expect(orphans.map(({ name }) => name)).toEqual([]);
  });
});
