import { afterEach, describe, expect, it } from "vitest";
import { brokenImage, fakeTools } from "../../test/fake-tools.ts";
import { hostedOver } from "../../test/hosted.ts";
import { effects, request, wholeRun } from "../../test/runs.ts";
import { SCENARIOS, type Scenario } from "../../test/thirty-runs.ts";
import { startWireDouble, type WireDouble } from "../../test/wire-double/wire-double.ts";
import type { HostedModelOptions } from "./hosted-model.ts";

let double: WireDouble | undefined;
afterEach(async () => {
  await double?.stop();
  double = undefined;
});

async function run({ turns, script = brokenImage, asked = request }: Scenario, api: HostedModelOptions["api"]) {
  await double?.stop();
  double = await startWireDouble(turns);
  const tools = fakeTools(script);
  const model = hostedOver(double, { api });
  const { journal, report } = await wholeRun(effects({ tools, model }), asked);
  return {
    ...{ journal, report },
    reached: tools.calls.map(({ tool }) => tool),
    sent: double.requests.map(({ api: path, raw }) => `${path} ${raw}`),
  };
}

describe.each(["chat", "responses"] as const)("over %s", { timeout: 60_000 }, (api) => {
  it.each(SCENARIOS.map((scenario) => [scenario.name, scenario] as const))("%s", async (_name, scenario) => {
    const first = await run(scenario, api);
    expect(first.report).toMatchObject({ decision: scenario.decision, usage: { backend: api } });
    expect(first.reached).toEqual(scenario.reached);
    // A run that the model left alone may end alike, but not without saying so.
    if (scenario.gap === undefined) expect(first.report.gaps).toEqual([]);
    else expect(first.report.gaps.join("\n")).toContain(scenario.gap);
    // Once more: equal transcripts, to the byte, on both sides of the wire.
    const second = await run(scenario, api);
    expect(JSON.stringify(second.journal)).toBe(JSON.stringify(first.journal));
    expect(second.sent).toEqual(first.sent);
    expect(new Set(first.sent.map((line) => line.split(" ")[0]))).toEqual(new Set([api]));
  });
});

it("there are thirty of them, and more", () => {
  expect(new Set(SCENARIOS.map(({ name }) => name)).size).toBeGreaterThanOrEqual(30);
});
