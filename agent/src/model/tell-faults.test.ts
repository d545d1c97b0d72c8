import { expect, it } from "vitest";
import { turnInput } from "../../test/hosted.ts";
import { scriptModel } from "../../test/runs.ts";
import { parseModelConfig } from "./model-config.ts";
import { ModelError } from "./model-error.ts";
import { modelOf } from "./model-of.ts";
import { tellingFaults } from "./tell-faults.ts";

async function failureOf(model: { turn(input: ReturnType<typeof turnInput>): Promise<unknown> }, input = turnInput()) {
  return model.turn(input).catch((error: unknown) => error);
}

it("a fault of our own, in a backend without a model as well, is told with where it was and without its words", async () => {
  const warnings: string[] = [];
  const parsed = parseModelConfig({ MODEL_BACKEND: "rules" });
  if (!parsed.ok) throw new Error("the default settings are right");
  const rules = await modelOf(parsed.config, { warn: (message) => void warnings.push(message) });
  const secret = {
    get context(): never {
      throw new RangeError("quotes the cluster");
    },
  };
  const failure = await failureOf(rules, turnInput({ request: secret as never, tools: [], journal: [] }));
  expect(failure).toMatchObject({ code: "internal", final: true, cause: expect.any(RangeError) });
  expect(warnings).toEqual([expect.stringMatching(/agent's own code failed \(RangeError\)[\s\S]*at .*rules/)]);
  expect(warnings.join()).not.toContain("quotes the cluster");
});

it("a failure of the endpoint is no fault of our own, and nothing is told", async () => {
  const warnings: string[] = [];
  const gone = new ModelError("unreachable", "No answer.");
  const model = tellingFaults(scriptModel([gone]), (message) => void warnings.push(message));
  expect(await failureOf(model)).toBe(gone);
  expect(warnings).toEqual([]);
});
