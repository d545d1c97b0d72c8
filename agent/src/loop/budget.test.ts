import { type Budget, JOURNAL_LIMITS, journalEntrySchema, reportSchema, type TurnUsage } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { brokenImage, fakeTools, imageFinding } from "../../test/fake-tools.ts";
import { answer, call, draft, explorer, turnOf } from "../../test/models.ts";
import { effects, request, scriptModel, tickingClock, wholeRun } from "../../test/runs.ts";
import type { TurnInput } from "../model/model-client.ts";
import { ModelError } from "../model/model-error.ts";

interface Case {
  readonly budget: Budget;
  readonly usage?: TurnUsage;
  readonly tickMs?: number;
  readonly callsPerTurn?: number;
}

const CASES: readonly (readonly [string, Case])[] = [
  ["steps", { budget: { steps: 4 } }],
  ["tool_calls", { budget: { toolCalls: 5 }, callsPerTurn: 3 }],
  ["input_tokens", { budget: { inputTokens: 10_000 }, usage: { inputTokens: 2_000, outputTokens: 1 } }],
  ["output_tokens", { budget: { outputTokens: 1_000 }, usage: { inputTokens: 1, outputTokens: 200 } }],
  ["seconds", { budget: { seconds: 60 }, tickMs: 2_000 }],
  ["money", { budget: { costMicroUsd: 1_000 }, usage: { inputTokens: 1, outputTokens: 1, costMicroUsd: 200 } }],
];

const usedUp = async ({ budget, tickMs = 10, ...behaviour }: Case) => {
  const model = explorer(behaviour);
  const tools = fakeTools(brokenImage);
  const run = await wholeRun(effects({ model, tools, clock: tickingClock(tickMs) }), { ...request, budget });
  return { ...run, model, tools };
};

const forcedNotes = (journal: Awaited<ReturnType<typeof usedUp>>["journal"]) =>
  journal.flatMap((entry) => (entry.kind === "note" && entry.code.startsWith("forced_") ? [entry.code] : []));

describe.each(CASES)("the budget of %s", (name, given) => {
  it("ends the run in a report, through one forced answer with the tool list unchanged", async () => {
    const { journal, report, model } = await usedUp(given);
    expect(forcedNotes(journal)).toEqual([`forced_budget_${name}`]);
    const choices = model.inputs.map(({ toolChoice }) => toolChoice);
    expect(choices.length).toBeGreaterThan(1);
    expect(choices.slice(0, -1)).not.toContain("none");
    expect(choices.at(-1)).toBe("none");
    for (const { tools } of model.inputs) expect(tools).toEqual(model.inputs[0]?.tools);
    expect(reportSchema.safeParse(report).error).toBeUndefined();
    expect(report).toMatchObject({ rationale: draft.rationale, gaps: draft.gaps });
    for (const entry of journal) expect(journalEntrySchema.safeParse(entry).error).toBeUndefined();
  });

  it("is not exceeded", async () => {
    const { report, tools } = await usedUp(given);
    const { budget } = given;
    const { usage } = report;
    expect(usage.steps).toBeLessThanOrEqual(budget.steps ?? Number.POSITIVE_INFINITY);
    expect(tools.calls.length).toBeLessThanOrEqual(budget.toolCalls ?? Number.POSITIVE_INFINITY);
    expect(usage.inputTokens).toBeLessThanOrEqual(budget.inputTokens ?? Number.POSITIVE_INFINITY);
    expect(usage.outputTokens).toBeLessThanOrEqual(budget.outputTokens ?? Number.POSITIVE_INFINITY);
    expect(usage.durationMs).toBeLessThanOrEqual((budget.seconds ?? Number.POSITIVE_INFINITY) * 1_000);
    expect(usage.costMicroUsd ?? 0).toBeLessThanOrEqual(budget.costMicroUsd ?? 0);
  });
});

describe("a run at its end", { timeout: 120_000 }, () => {
  it("runs only as many calls of its last turn as are left", async () => {
    const calls = ["a", "b", "c", "d"].map((id) => call(id, "resource_get", { name: id }));
    const model = scriptModel([turnOf(...calls), answer()]);
    const tools = fakeTools(brokenImage);
    const { journal } = await wholeRun(effects({ model, tools }), { ...request, budget: { toolCalls: 3 } });
    const results = journal.flatMap((entry) => (entry.kind === "results" ? entry.results : []));
    expect(results.map(({ code }) => code)).toEqual([undefined, undefined, undefined, "BUDGET_EXHAUSTED"]);
    expect(tools.calls).toHaveLength(3);
  });

  it("answers before its journal is more than the next step can carry", async () => {
    const model = explorer({ callsPerTurn: 28 });
    const tools = fakeTools({ resource_get: () => ({ text: "x".repeat(60_000) }) });
    const { journal } = await wholeRun(effects({ model, tools }), { ...request, budget: { toolCalls: 1_000 } });
    expect(forcedNotes(journal)).toEqual(["forced_budget_journal"]);
    expect(Buffer.byteLength(JSON.stringify(journal))).toBeLessThan(JOURNAL_LIMITS.bytes);
  });

  it("reports from the evidence when one turn took more than all that was left", async () => {
    const usage = { inputTokens: 2_000, outputTokens: 1 };
    const model = scriptModel([{ ...turnOf(call("a", "diagnose", { namespace: "shop" })), usage }]);
    const tools = fakeTools(brokenImage);
    const { report } = await wholeRun(effects({ model, tools }), { ...request, budget: { inputTokens: 1_500 } });
    expect(model.inputs).toHaveLength(1);
    expect(report.decision).toBe("manual");
    expect(report.rootCause).toBe(imageFinding.cause);
    expect(report.gaps).toContain("The budget of input_tokens is used up.");
  });

  it("reports from the evidence when the forced answer is none", async () => {
    const again = turnOf(call("a", "diagnose", { namespace: "shop" }));
    const model = scriptModel([again, { ...turnOf(call("b", "resource_get")) }]);
    const tools = fakeTools(brokenImage);
    const { journal, report } = await wholeRun(effects({ model, tools }), { ...request, budget: { steps: 2 } });
    expect(tools.calls.map(({ id }) => id)).toEqual(["a"]);
    expect(report.rationale).toContain("forced_budget_steps");
    expect(report.rationale).toContain(imageFinding.cause);
    const [refused] = journal.flatMap((entry) => (entry.kind === "results" ? entry.results : [])).slice(-1);
    expect(refused).toMatchObject({ callId: "b", ok: false, code: "TOOLS_WITHDRAWN" });
  });

  it("asks once more in words for an answer in the right form", async () => {
    const looks = turnOf(call("c1", "diagnose"));
    const model = scriptModel([looks, { text: "I think it is the image." }, answer({ rationale: "Now in form." })]);
    const { journal, report } = await wholeRun(effects({ model, tools: fakeTools(brokenImage) }));
    expect(journal.map((entry) => (entry.kind === "note" ? entry.code : entry.kind))).toEqual([
      ...["begun", "turn", "results", "turn", "nudge_no_answer", "turn", "ended"],
    ]);
    expect(report.rationale).toBe("Now in form.");
  });

  it("has code look when the model answers before anything was looked at, and asks it again", async () => {
    const tools = fakeTools(brokenImage);
    const model = scriptModel([answer({ decision: "deny" }), answer({ rationale: "Now I have seen it." })]);
    const { report } = await wholeRun(effects({ model, tools }));
    expect(tools.calls).toMatchObject([{ tool: "diagnose", arguments: { kind: "Deployment", name: "web" } }]);
    expect(model.inputs.at(-1)?.journal.at(-1)).toMatchObject({ kind: "results", results: [{ tool: "diagnose" }] });
    expect(report).toMatchObject({ rationale: "Now I have seen it.", findings: [{ id: imageFinding.id }] });
  });

  it("has code look when all that the model asked was refused", async () => {
    const tools = fakeTools(brokenImage);
    const refused = turnOf(call("a", "diagnose", { namespace: 7 }));
    const model = scriptModel([refused, answer({ decision: "deny" }), answer({ rationale: "Now I have seen it." })]);
    const { report } = await wholeRun(effects({ model, tools }));
    expect(tools.calls).toMatchObject([{ tool: "diagnose", arguments: { kind: "Deployment", name: "web" } }]);
    expect(report).toMatchObject({ rationale: "Now I have seen it.", findings: [{ id: imageFinding.id }] });
  });

  it.each([
    ["never gives a report", { text: "Hm." }],
    ["gives one without looking when it has to answer", answer({ decision: "deny" })],
  ])("has code look when the model %s", async (_, said) => {
    const tools = fakeTools(brokenImage);
    const forced = { ...request, budget: { steps: 1 } };
    const { report } = await wholeRun(effects({ model: scriptModel([said]), tools }), forced);
    expect(tools.calls.map(({ tool }) => tool)).toEqual(["diagnose"]);
    expect(report).toMatchObject({ decision: "manual", rootCause: imageFinding.cause });
  });
});

describe("a model that is gone", () => {
  const gone = new ModelError("unreachable", "The model's endpoint did not answer.");

  it.each([
    ["from the first turn", {}],
    ["in the forced answer of a run of one step", { steps: 1 }],
  ])("%s still leaves a report of what the analyzers see", async (_, budget) => {
    const tools = fakeTools(brokenImage);
    const { report } = await wholeRun(effects({ model: scriptModel([gone]), tools }), { ...request, budget });
    expect(tools.calls).toMatchObject([{ tool: "diagnose", arguments: { kind: "Deployment", name: "web" } }]);
    expect(reportSchema.safeParse(report).error).toBeUndefined();
    expect(report).toMatchObject({ decision: "manual", rootCause: imageFinding.cause });
    expect(report.rationale).toContain(`${gone.message} ${imageFinding.cause}`);
  });

  it("leaves sentences that end, whatever the analyzers' phrases are", async () => {
    const fix = { kind: "decision", summary: "push the image" };
    const finding = { ...imageFinding, cause: "the image is not there", fix };
    const tools = fakeTools({ diagnose: () => ({ structured: { findings: [finding], gaps: [] } }) });
    const { report } = await wholeRun(effects({ model: scriptModel([gone]), tools }));
    expect(report.rationale).toMatch(/did not answer\. the image is not there\. Next: push the image\.$/);
  });

  it("after a call that was refused still leaves a report of what the analyzers see", async () => {
    const refused = turnOf(call("a", "diagnose", { namespace: 7 }));
    const tools = fakeTools(brokenImage);
    const { report } = await wholeRun(effects({ model: scriptModel([refused, gone]), tools }));
    expect(tools.calls).toMatchObject([{ tool: "diagnose", arguments: { kind: "Deployment", name: "web" } }]);
    expect(report).toMatchObject({ decision: "manual", rootCause: imageFinding.cause });
  });

  it("by a fault of our own code is no reason to lose the run", async () => {
    const tools = fakeTools(brokenImage);
    const broken = new TypeError("x is undefined");
    const { report, journal } = await wholeRun(effects({ model: scriptModel([broken]), tools }));
    expect(report).toMatchObject({ decision: "manual", rootCause: imageFinding.cause });
    expect(journal.find(({ kind }) => kind === "note")).toMatchObject({ code: "model_internal" });
    expect(JSON.stringify(journal)).not.toContain("x is undefined");
  });

  it("and no tool that works either still leaves a report", async () => {
    const tools = fakeTools({ diagnose: () => ({ ok: false, code: "CLUSTER_UNAVAILABLE", text: "no" }) });
    const { report } = await wholeRun(effects({ model: scriptModel([gone]), tools }));
    expect(report).toMatchObject({ decision: "manual", confidence: "low", findings: [] });
    expect(tools.calls).toHaveLength(1);
  });

  it("is not asked again, and what was seen before stays in the report", async () => {
    const model = scriptModel([turnOf(call("a", "diagnose", { namespace: "shop" })), gone]);
    const tools = fakeTools(brokenImage);
    const { report } = await wholeRun(effects({ model, tools }));
    expect(model.inputs).toHaveLength(2);
    expect(tools.calls).toHaveLength(1);
    expect(report.findings.map(({ id }) => id)).toEqual([imageFinding.id]);
  });

  it("is waited for as long as the run has time, and the report says that it is used up", async () => {
    const over = new AbortController();
    const given: number[] = [];
    const clock = {
      ...tickingClock(),
      timeout(ms: number) {
        given.push(ms);
        return over.signal;
      },
    };
    const turn = ({ signal }: TurnInput) =>
      new Promise<never>((_, reject) => {
        signal.addEventListener("abort", () => reject(new ModelError("aborted", "cancelled")));
        over.abort();
      });
    const asked = { ...request, budget: { seconds: 20 } };
    const { report } = await wholeRun(effects({ model: { name: "silent", turn }, clock, tools: fakeTools({}) }), asked);
    expect(given).toEqual([20_000]);
    expect(report.rationale).toContain("The time of the run is used up.");
    expect(report.findings).toEqual([]);
  });
});
