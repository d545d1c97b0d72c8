import { describe, expect, it } from "vitest";
import { turnInput } from "../../test/hosted.ts";
import { startWireDouble } from "../../test/wire-double/wire-double.ts";
import { parseModelConfig } from "./model-config.ts";
import { modelOf } from "./model-of.ts";

function modelAt(baseUrl: string, concurrency: number) {
  const parsed = parseModelConfig({
    ...{ MODEL_BACKEND: "chat", AZURE_OPENAI_ENDPOINT: baseUrl, AZURE_OPENAI_DEPLOYMENT: "d" },
    ...{ AZURE_OPENAI_API_KEY: "k", MODEL_CONCURRENCY: String(concurrency) },
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return modelOf(parsed.config);
}

describe("a hosted model", () => {
  it("is asked as often at once as the settings say, whatever runs the turns are of", async () => {
    const report = { decision: "manual", rationale: "Look.", rootCause: null, claims: [], gaps: [] };
    const then = { content: JSON.stringify(report) };
    const released = Promise.withResolvers<void>();
    const double = await startWireDouble([{ until: released.promise, then }, then]);
    // One that comes too early ends the wait of the first; without one it ends by itself.
    double.onRequest(() => (double.requests.length > 1 ? released.resolve() : setTimeout(released.resolve, 300)));
    const model = await modelAt(double.baseUrl, 1);
    const early = released.promise.then(() => double.requests.length);
    const turns = await Promise.all([1, 2, 3].map(() => model.turn(turnInput())));
    expect(turns).toMatchObject([{ report }, { report }, { report }]);
    expect(await early).toBe(1);
    expect(double.requests).toHaveLength(3);
    await double.stop();
  });
});
