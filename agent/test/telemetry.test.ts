import { writeFileSync } from "node:fs";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { type ReceivedSpan, startOtlpReceiver } from "./otlp-receiver.ts";
import { AGENT, type RealAgent, startRealAgent } from "./real-agent.ts";
import { startWireDouble } from "./wire-double/wire-double.ts";

const PLACE = { namespace: "shop", kind: "Deployment", name: "web" };
const SAID = { decision: "manual", rationale: "Look at it.", rootCause: null, claims: [], gaps: [] };
const KEY = "sk-do-not-show";

interface Ran {
  readonly spans: readonly ReceivedSpan[];
  readonly metrics: string;
}

/** Takes one run of a fresh agent and stops it, which sends every span. */
async function spansOfRun(rationale: string, environment: Readonly<Record<string, string>> = {}): Promise<Ran> {
  const said = { content: JSON.stringify({ ...SAID, rationale }) };
  const model = await startWireDouble([{ calls: [{ name: "diagnose", args: PLACE }] }, said]);
  const receiver = await startOtlpReceiver();
  const agent = await startRealAgent({
    ...{ MODEL_BACKEND: "responses", AZURE_OPENAI_ENDPOINT: model.baseUrl, AZURE_OPENAI_DEPLOYMENT: "d" },
    ...{ AZURE_OPENAI_API_KEY: KEY, MODEL_PRICE_INPUT: "4", MODEL_PRICE_OUTPUT: "20" },
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    ...environment,
  });
  try {
    const metrics = await decide(agent);
    await agent.stop();
    return { spans: receiver.spans, metrics };
  } finally {
    await agent.stop();
    await model.stop();
    await receiver.stop();
  }
}

async function decide(agent: RealAgent): Promise<string> {
  writeFileSync(agent.tokenFile, agent.sandbox.tokenFor(AGENT, [], ["sre-agent"]));
  await vi.waitFor(async () => expect((await fetch(`${agent.url}/readyz`)).status).toBe(200), { timeout: 60_000 });
  const context = { target: PLACE, symptom: "it fails" };
  const authorization = { authorization: "Bearer s3cret", "content-type": "application/json" };
  const response = await fetch(`${agent.url}/decide`, {
    method: "POST",
    headers: { ...authorization, traceparent: `00-${TRACE}-00f067aa0ba902b7-01` },
    body: JSON.stringify({ trigger: "manual", context, mode: "observe", correlationId: "inv-1", run: agent.run }),
  });
  expect(await response.json()).toMatchObject({ decision: "manual" });
  return (await fetch(`${agent.url}/metrics`)).text();
}

const named = (spans: readonly ReceivedSpan[], name: string) => spans.filter((span) => span.name === name);
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";

// A fresh agent loads its SDKs here.
describe("the spans of a run", { timeout: 120_000 }, () => {
  let ran: Ran;
  beforeAll(async () => {
    ran = await spansOfRun("Look at it.");
  }, 120_000);

  it("are one trace from the caller through agent and model to the MCP server, by the conventions", () => {
    const { spans } = ran;
    expect(new Set(spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE]));
    const [run] = named(spans, "invoke_agent sre-agent");
    const [tool] = named(spans, "execute_tool diagnose");
    const [served] = named(spans, "tools/call diagnose");
    const turns = named(spans, "chat d");
    expect(run).toMatchObject({ parentSpanId: "00f067aa0ba902b7", service: "sre-agent-agent" });
    expect([tool?.parentSpanId, ...turns.map(({ parentSpanId }) => parentSpanId)]).toEqual(Array(3).fill(run?.spanId));
    expect(served?.parentSpanId).toBe(tool?.spanId);
    expect(turns[0]?.attributes).toMatchObject({
      ...{ "gen_ai.operation.name": "chat", "gen_ai.provider.name": "openai", "gen_ai.request.model": "d" },
      ...{ "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 20 },
    });
    expect(tool?.attributes).toMatchObject({ "gen_ai.tool.name": "diagnose", "mcp.method.name": "tools/call" });
    expect(served?.attributes).toMatchObject({ "mcp.method.name": "tools/call" });
  });

  it("hold no content and no key unless content is asked for", () => {
    const sent = JSON.stringify(ran.spans);
    for (const word of ["Look at it", '\\"namespace\\"', KEY, "s3cret"]) expect(sent).not.toContain(word);
  });

  it("hold it, redacted, when it is", async () => {
    const { spans } = await spansOfRun("Look at it. Authorization: Bearer abcdefghijklmnopqrstuvwxyz0123456789", {
      OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT: "true",
    });
    const [tool] = named(spans, "execute_tool diagnose");
    expect(tool?.attributes["gen_ai.tool.call.arguments"]).toBe(JSON.stringify(PLACE));
    expect(tool?.attributes["gen_ai.tool.call.result"]).toEqual(expect.any(String));
    const words = String(named(spans, "chat d").at(-1)?.attributes["gen_ai.output.messages"]);
    expect(words).toContain("Look at it");
    expect(words).not.toContain("abcdefghijklmnop");
  });

  it("have metrics beside them, with labels of closed sets", () => {
    const { metrics } = ran;
    expect(metrics).toContain('sre_agent_model_tokens_total{type="input",component="agent"} 200');
    expect(metrics).toContain('sre_agent_model_tokens_total{type="reasoning",component="agent"} 10');
    expect(metrics).toMatch(/sre_agent_model_cost_usd_total\{component="agent"\} 0\.0016\b/);
    expect(metrics).toContain('sre_agent_model_finishes_total{reason="tool_calls",component="agent"} 1');
    expect(metrics).toContain('sre_agent_model_request_duration_seconds_count{component="agent",outcome="ok"} 2');
  });
});
