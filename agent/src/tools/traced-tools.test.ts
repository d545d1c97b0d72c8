import { startTelemetry } from "@sre-agent/frame";
import { expect, it } from "vitest";
import { fakeTools } from "../../test/fake-tools.ts";
import { startOtlpReceiver } from "../../test/otlp-receiver.ts";
import { contentFor } from "../content.ts";
import { tracedTools } from "./traced-tools.ts";

const SECRET = "abcdefghijklmnopqrstuvwxyz0123456789";
/** A character that nobody sees would hide it from every pattern. */
const HIDDEN = `${SECRET.slice(0, 6)}\u200b${SECRET.slice(6)}`;
const told = (name: string) => `${name} Authorization: Bearer ${SECRET}, Bearer ${HIDDEN}`;

/** The span of a call whose arguments and result hold a secret. */
async function spanOfCall(captured: boolean) {
  const receiver = await startOtlpReceiver();
  const telemetry = await startTelemetry("agent", { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url });
  const tools = tracedTools(fakeTools({ diagnose: () => ({ text: told("result") }) }), contentFor(captured));
  const call = { id: "c1", tool: "diagnose", arguments: { name: told("argument") } };
  await tools.call(call, { correlationId: "run-1", signal: new AbortController().signal, timeoutMs: 1_000 });
  await telemetry.stop();
  await receiver.stop();
  return receiver.spans;
}

it("arguments and results leave with a span only when they are asked for, and redacted", async () => {
  const without = await spanOfCall(false);
  expect(without).toMatchObject([{ name: "execute_tool diagnose" }]);
  expect(JSON.stringify(without)).not.toContain("Authorization");
  const [span] = await spanOfCall(true);
  expect(span?.attributes["gen_ai.tool.call.arguments"]).toContain("argument");
  expect(span?.attributes["gen_ai.tool.call.result"]).toContain("result");
  expect(JSON.stringify(span)).not.toContain(SECRET.slice(6));
});
