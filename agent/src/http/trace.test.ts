import { createHealth, createHttpServer, createLogger, createMetrics, startTelemetry } from "@sre-agent/frame";
import { expect, it } from "vitest";
import { brokenImage, DIGEST, fakeTools, receipt } from "../../test/fake-tools.ts";
import { startOtlpReceiver } from "../../test/otlp-receiver.ts";
import { effects, request } from "../../test/runs.ts";
import { createRunner } from "../loop/run.ts";
import type { McpTools } from "../tools/mcp-tools.ts";
import { decideHandler } from "./decide.ts";
import { executeHandler } from "./execute.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

async function startHandlers() {
  const logger = await createLogger({ component: "agent", level: "error" });
  const tools: McpTools = {
    ...fakeTools(brokenImage),
    callDirectly: async ({ id, tool }) => ({ callId: id, tool, ok: true, text: "", structured: receipt, evidence: [] }),
    refresh: async () => undefined,
    close: async () => undefined,
  };
  const runner = createRunner(effects({ tools }));
  return createHttpServer({
    ...{ logger, host: "127.0.0.1", port: 0, health: createHealth() },
    metrics: await createMetrics({ component: "agent", processMetrics: false }),
    routes(router, { json }) {
      router.post("/decide", json(100_000), decideHandler({ runner, logger, ready: () => true, maxConcurrent: 1 }));
      router.post("/execute", json(100_000), executeHandler(tools, logger));
    },
  });
}

/** Traces of the spans that the requests leave, one after the other. */
async function tracesOf(path: string, bodies: readonly object[], headers: Readonly<Record<string, string>> = {}) {
  const receiver = await startOtlpReceiver();
  const telemetry = await startTelemetry("agent", { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const server = await startHandlers();
  for (const body of bodies) {
    const init = { method: "POST", headers: { "content-type": "application/json", ...headers } };
    expect((await fetch(`${server.url}${path}`, { ...init, body: JSON.stringify(body) })).ok).toBe(true);
  }
  await server.stop(0);
  await telemetry.stop();
  await receiver.stop();
  return receiver.spans.map(({ traceId }) => traceId);
}

const execution = { remediationRef: { namespace: "shop", name: "web-rollback-1" }, digest: DIGEST };

it.each([
  ["/decide", { ...request, journal: [] }],
  ["/execute", execution],
])("%s is in its caller's trace, and without one in the trace of its run", async (path, body) => {
  const ofRun = (correlationId: string) => ({ ...body, correlationId });
  expect(await tracesOf(path, [ofRun("inv-1")], { traceparent: `00-${TRACE}-00f067aa0ba902b7-01` })).toEqual([TRACE]);
  const [first, second, other] = await tracesOf(path, ["inv-1", "inv-1", "inv-2"].map(ofRun));
  expect(second).toBe(first);
  expect(other).toMatch(/^[0-9a-f]{32}$/);
  expect(other).not.toBe(first);
});
