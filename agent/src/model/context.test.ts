import type { JournalEntry } from "@sre-agent/crds";
import { beforeAll, describe, expect, it } from "vitest";
import { fakeTools, imageFinding } from "../../test/fake-tools.ts";
import { answer, call } from "../../test/models.ts";
import { effects, request, wholeRun } from "../../test/runs.ts";
import type { ModelClient, TurnInput } from "./model-client.ts";
import { promptTokens, type Told, tell } from "./told.ts";

/** The smallest that can be set, and one in which a dozen turns fit whole. */
const [SMALLEST, MIDDLE] = [16_000, 40_000];
const TURNS = 100;
const optionsIn =
  (contextTokens: number) =>
  ({ system, question, tools }: Prompt) => ({
    contextTokens,
    prefix: { system, question, tools },
    withoutNewest: false,
  });

type Prompt = Pick<TurnInput, "system" | "question" | "tools">;

/** Reads something new for a hundred turns, then answers. */
function longRunner(contextTokens: number) {
  const options = optionsIn(contextTokens);
  const told: { readonly tokens: number; readonly parts: readonly Told[] }[] = [];
  const model: ModelClient = {
    name: "long",
    contextTokens,
    promptTokens: ({ journal, ...prefix }) => promptTokens(journal, options(prefix)),
    async turn(input) {
      told.push({
        tokens: promptTokens(input.journal, options(input)),
        parts: tell(input.journal, options(input)),
      });
      const usage = { inputTokens: 100, outputTokens: 10 };
      if (told.length > TURNS || input.toolChoice === "none") return { calls: [], usage, ...answer() };
      const name = `pod-${"x".repeat(told.length % 50)}-${told.length > 50 ? "y" : ""}`;
      const tool = told.length === 1 ? "diagnose" : "resource_get";
      return { calls: [call(`c${told.length}`, tool, { name })], usage, opaque: [{ call_id: `c${told.length}` }] };
    },
  };
  return { model, told };
}

async function longRun(contextTokens: number) {
  const { model, told } = longRunner(contextTokens);
  const script = {
    diagnose: () => ({
      structured: { findings: [imageFinding], gaps: [] },
      text: "d".repeat(4_000),
      evidence: ["ev-1"],
    }),
    resource_get: ({ arguments: given }: { readonly arguments: Readonly<Record<string, unknown>> }) => ({
      text: `${given["name"]} ${"status and conditions of it. ".repeat(200)}`,
      evidence: [`ev-of-${given["name"]}`],
    }),
  };
  const budget = { steps: 150, toolCalls: 500, inputTokens: 10_000_000, seconds: 3_600 };
  const run = await wholeRun(effects({ model, tools: fakeTools(script) }), { ...request, budget });
  return { ...run, told };
}

const contents = (parts: readonly Told[]) =>
  parts.flatMap((part) => (part.kind === "results" ? part.results.map(({ content }) => content) : []));

describe("a run of a hundred turns", { timeout: 120_000 }, () => {
  let middle: Awaited<ReturnType<typeof longRun>>;
  beforeAll(async () => {
    middle = await longRun(MIDDLE);
  }, 120_000);

  it("stays inside the window without a summary of a model, and forgets no evidence", async () => {
    const { told, report, journal } = await longRun(SMALLEST);
    expect(told).toHaveLength(TURNS + 1);
    for (const { tokens } of told) expect(tokens).toBeLessThan(SMALLEST);
    expect(report.gaps.join()).not.toContain("context");
    const last = contents(told.at(-1)?.parts ?? []);
    expect(last).toHaveLength(TURNS);
    // The facts of the first finding are still told, by its id and its cause.
    expect(last[0]).toContain("ev-1");
    expect(last[0]).toContain("registry does not have");
    expect(last[0]).not.toContain("dddddddd");
    // Whatever is told of the cluster stands in the mark, and what is outside are ids.
    const unmarked = last.flatMap((content) => content.split("\n").filter((line) => !/^(\{"ok"|<|")/.test(line)));
    expect(unmarked).toEqual([]);
    expect(last.at(-1)).toContain("conditions of it. status");
    const turns = journal.filter(({ kind }: JournalEntry) => kind === "turn");
    expect(turns).toHaveLength(TURNS + 1);
  });

  it("is cut rarely and in big steps: in between, a turn adds to the end only", () => {
    const { told } = middle;
    const texts = told.map(({ parts }) => parts.map((part) => JSON.stringify(part)));
    const kept = texts.slice(1).filter((parts, index) => {
      const before = texts[index] ?? [];
      return before.every((part, place) => part === parts[place]);
    });
    expect(kept.length).toBeGreaterThan(TURNS * 0.8);
    expect(kept.length).toBeLessThan(TURNS);
  });

  it("is cut sooner when more stands before it", () => {
    const options = optionsIn(MIDDLE)({ system: "words ".repeat(12_000), question: "", tools: [] });
    for (let turns = 1; turns < middle.journal.length; turns += 1) {
      expect(promptTokens(middle.journal.slice(0, turns), options)).toBeLessThan(MIDDLE);
    }
  });

  it("sends the provider's items back for what is whole, and none for what is cut", () => {
    const { told } = middle;
    const turns = (told.at(-1)?.parts ?? []).flatMap((part) => (part.kind === "turn" ? [part] : []));
    expect(turns[0]?.opaque).toBeUndefined();
    expect(turns.at(-1)?.opaque).toEqual([{ call_id: "c100" }]);
  });
});
