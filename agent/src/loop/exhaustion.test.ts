import { describe, expect, it } from "vitest";
import { brokenImage, fakeTools, imageFinding } from "../../test/fake-tools.ts";
import { answer, explorer } from "../../test/models.ts";
import { effects, request, wholeRun } from "../../test/runs.ts";
import type { ModelClient, TurnInput } from "../model/model-client.ts";
import { exhaustionOf, outputTokensLeft } from "./exhaustion.ts";
import { limitsOf, stateOf } from "./run-state.ts";

const prices = { input: 4, cached: 1, output: 20 };
const fresh = stateOf([]);
const limits = (budget: object = {}) => limitsOf(budget);

describe("a call is made only when there is room for it", () => {
  it.each([
    ["money for none", { costMicroUsd: 5_000 }, { inputTokens: 1_000, prices }, { budget: "money", degree: "over" }],
    ["money for one", { costMicroUsd: 15_000 }, { inputTokens: 1_000, prices }, { budget: "money", degree: "near" }],
    ["money for more", { costMicroUsd: 100_000 }, { inputTokens: 1_000, prices }, undefined],
    ["money without prices", { costMicroUsd: 1 }, { inputTokens: 1_000 }, undefined],
    ["tokens for none", { inputTokens: 1_000 }, { inputTokens: 1_500 }, { budget: "input_tokens", degree: "over" }],
    ["tokens for one", { inputTokens: 2_000 }, { inputTokens: 1_500 }, { budget: "input_tokens", degree: "near" }],
    ["a full window", {}, { inputTokens: 15_900, contextTokens: 16_000 }, { budget: "context", degree: "over" }],
    ["a window nearly full", {}, { inputTokens: 15_000, contextTokens: 16_000 }, { budget: "context", degree: "near" }],
    ["a window", {}, { inputTokens: 5_000, contextTokens: 16_000 }, undefined],
  ])("%s", (_case, budget, forecast, expected) => {
    expect(exhaustionOf(fresh, limits(budget), forecast)).toEqual(expected);
  });
});

describe("the most that a reply may take", () => {
  it("is what tokens leave, or money if that is less", () => {
    const turn = { kind: "turn" as const, calls: [], usage: { inputTokens: 10, outputTokens: 120 } };
    const spent = stateOf([{ seq: 0, at: "2026-01-01T00:00:00Z", ...turn }]);
    expect(outputTokensLeft(fresh, limits({ outputTokens: 500 }), {})).toBe(500);
    expect(outputTokensLeft(spent, limits({ outputTokens: 500 }), {})).toBe(380);
    const forecast = { inputTokens: 1_000, prices };
    expect(outputTokensLeft(fresh, limits({ costMicroUsd: 6_000 }), forecast)).toBe(100);
    expect(outputTokensLeft(fresh, limits({ costMicroUsd: 10 }), forecast)).toBe(1);
  });
});

/** Costs what it says, and would go on for ever. */
function dear(inputTokens: number) {
  const inputs: TurnInput[] = [];
  const model: ModelClient = {
    ...{ name: "dear", prices, contextTokens: 128_000 },
    promptTokens: () => inputTokens,
    async turn(input) {
      inputs.push(input);
      const outputTokens = input.maxOutputTokens;
      const usage = { inputTokens, outputTokens, costMicroUsd: inputTokens * 4 + outputTokens * 20 };
      const calls = [{ id: `c${inputs.length}`, tool: "resource_get", arguments: { name: "x".repeat(inputs.length) } }];
      return input.toolChoice === "none" ? { calls: [], usage, ...answer() } : { calls, usage };
    },
  };
  return { model, inputs };
}

describe("a budget of money", () => {
  it("is never exceeded, however much a model says", async () => {
    for (const costMicroUsd of [20_000, 100_000, 250_000]) {
      const { model } = dear(1_000);
      const { report } = await wholeRun(effects({ model, tools: fakeTools(brokenImage) }), {
        ...request,
        budget: { costMicroUsd },
      });
      expect(report.usage.costMicroUsd ?? 0).toBeLessThanOrEqual(costMicroUsd);
    }
  });

  it("that cannot be counted, for want of prices, lets no model be asked: code looks, and says what to set", async () => {
    const asked = { ...request, budget: { costMicroUsd: 1_000 } };
    const model = { ...explorer(), promptTokens: () => 100 };
    const { report, journal } = await wholeRun(effects({ model, tools: fakeTools(brokenImage) }), asked);
    expect(model.inputs).toEqual([]);
    expect(report).toMatchObject({ decision: "manual", rootCause: imageFinding.cause, usage: { inputTokens: 0 } });
    expect(report.gaps[0]).toMatch(
      /^The model was not asked: .*Set MODEL_PRICE_INPUT and MODEL_PRICE_OUTPUT.*costMicroUsd/,
    );
    expect(report.rationale).toContain(report.gaps[0]);
    expect(journal.find(({ kind }) => kind === "note")).toMatchObject({ code: "model_unpriced" });
  });

  it("is nothing to a backend that takes no tokens", async () => {
    const asked = { ...request, budget: { costMicroUsd: 1_000 } };
    const byRules = await wholeRun(effects({ tools: fakeTools(brokenImage) }), asked);
    expect(byRules.report.gaps).toEqual([]);
  });

  it("that pays no call at all still leaves a report of what the analyzers see", async () => {
    const { model, inputs } = dear(100_000);
    const { report, journal } = await wholeRun(effects({ model, tools: fakeTools(brokenImage) }), {
      ...request,
      budget: { costMicroUsd: 1_000 },
    });
    expect(inputs).toEqual([]);
    expect(report).toMatchObject({ decision: "manual", rootCause: imageFinding.cause });
    expect(report.gaps[0]).toBe("The budget of money is used up.");
    expect(journal.map(({ kind }) => kind)).toEqual(["begun", "turn", "results", "ended"]);
  });
});
