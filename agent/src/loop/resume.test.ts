import { type JournalEntry, journalEntrySchema, type Report, reportSchema, type ToolCall } from "@sre-agent/crds";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fakeTools, imageFinding, receipt, type Script } from "../../test/fake-tools.ts";
import { answer, call } from "../../test/models.ts";
import { effects, request } from "../../test/runs.ts";
import type { ModelClient, TurnInput } from "../model/model-client.ts";
import { ModelError } from "../model/model-error.ts";
import type { ToolClient } from "../tools/tool-client.ts";
import { createRunner } from "./run.ts";

/** What a model does in one of its turns: some calls, words, an answer, or nothing at all. */
type Move = readonly ToolCall[] | "words" | "answer" | "gone";

const SCRIPT: Script = {
  diagnose: () => ({ structured: { findings: [imageFinding], gaps: [] }, evidence: ["ev-image"] }),
  resource_get: ({ arguments: { name } }) => {
    if (name === "bad") throw new Error("a fault in the tool");
    return { text: `image of ${name}`, evidence: [`ev-${name}`] };
  },
  workload_rollback: () => ({ structured: receipt }),
};

/** Takes the move that belongs to the run as far as it has come, so that it goes on alike wherever it is resumed. */
function modelOf(moves: readonly Move[], version?: string): ModelClient {
  const taken = ({ journal }: TurnInput) =>
    journal.filter(({ kind }) => kind === "turn").length % Math.max(1, moves.length);
  return {
    name: "moves",
    ...(version === undefined ? {} : { model: version }),
    async turn(input) {
      const usage = { inputTokens: 50, outputTokens: 5 };
      const move = moves[taken(input)] ?? "answer";
      if (move === "gone") throw new ModelError("unreachable", "The endpoint did not answer.");
      if (move === "words") return { calls: [], text: "It is the image.", usage };
      if (move === "answer") return { calls: [], usage, ...answer({ decision: "approve", claims: CLAIMS }) };
      return { calls: move, usage };
    },
  };
}
const CLAIMS = [{ text: "The image is missing.", evidence: ["ev-image"] }];

const aCall = fc
  .record({
    id: fc.constantFrom("a", "b", "c", "d", "e", "f"),
    tool: fc.constantFrom("diagnose", "resource_get", "resource_get", "workload_rollback", "shell"),
    name: fc.constantFrom("web", "api", "bad"),
    malformed: fc.boolean(),
  })
  .map(({ id, tool, name, malformed }): ToolCall => {
    const made = call(id, tool, { name });
    return malformed && name === "api" ? { ...made, arguments: {}, malformed: "{" } : made;
  });
const move: fc.Arbitrary<Move> = fc.oneof(
  { weight: 5, arbitrary: fc.array(aCall, { minLength: 1, maxLength: 5 }) },
  { weight: 1, arbitrary: fc.constantFrom<Move>("words", "answer", "gone") },
);
const aRun = fc.record({
  moves: fc.array(move, { maxLength: 6 }),
  budget: fc.record({ steps: fc.integer({ min: 1, max: 8 }), toolCalls: fc.integer({ min: 1, max: 12 }) }),
});

interface Ended {
  readonly journal: readonly JournalEntry[];
  readonly report: Report;
  /** Calls that reached a tool. */
  readonly reached: readonly ToolCall[];
}

/** Takes durable steps after `stored` until the run has ended, each by an agent that has nothing but the journal. */
async function steps(
  moves: readonly Move[],
  asked: typeof request,
  ...[stored, version]: readonly [stored: readonly JournalEntry[], version?: string]
): Promise<Ended> {
  const journal = [...stored];
  const reached: ToolCall[] = [];
  for (;;) {
    const { calls, ...tools }: ToolClient & { readonly calls: ToolCall[] } = fakeTools(SCRIPT);
    const random = () => `mark-of-${version ?? "the-first"}`.replaceAll("-", "0");
    const clock = version === undefined ? still : later;
    const { step } = createRunner(effects({ model: modelOf(moves, version), tools, clock, random }));
    const made = await step(asked, journal, new AbortController().signal);
    reached.push(...calls);
    journal.push(...made.entries);
    if (made.report) return { journal, report: made.report, reached };
  }
}
const later = {
  now: () => Date.parse("2026-01-01T00:01:00Z"),
  timeout: () => new AbortController().signal,
};
const still = { now: () => Date.parse("2026-01-01T00:00:00Z"), timeout: () => new AbortController().signal };

const resultsIn = (journal: readonly JournalEntry[]) =>
  journal.flatMap((entry) => (entry.kind === "results" ? entry.results : []));
const callsIn = (journal: readonly JournalEntry[]) =>
  journal.flatMap((entry) => (entry.kind === "turn" ? entry.calls : []));

describe("whatever a model does", { timeout: 120_000 }, () => {
  it("the run ends in a report, with one result for each call, in order", async () => {
    await fc.assert(
      fc.asyncProperty(aRun, async ({ moves, budget }) => {
        const { journal, report, reached } = await steps(moves, { ...request, budget }, []);
        expect(reportSchema.safeParse(report).error).toBeUndefined();
        for (const entry of journal) expect(journalEntrySchema.safeParse(entry).error).toBeUndefined();
        expect(resultsIn(journal).map(({ callId }) => callId)).toEqual(callsIn(journal).map(({ id }) => id));
        expect(new Set(reached.map(({ id }) => id)).size).toBe(reached.length);
        expect(report.usage.steps).toBeLessThanOrEqual(budget.steps + 1);
        expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_, index) => index));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it("the run goes on from every prefix of its journal to the same end, and repeats no stored call", async () => {
    await fc.assert(
      fc.asyncProperty(aRun, async ({ moves, budget }) => {
        const asked = { ...request, budget };
        const whole = await steps(moves, asked, []);
        for (let kept = 0; kept <= whole.journal.length; kept += 1) {
          const stored = whole.journal.slice(0, kept);
          const resumed = await steps(moves, asked, stored);
          expect(resumed.report).toEqual(whole.report);
          expect(resumed.journal).toEqual(whole.journal);
          const before = new Set(resultsIn(stored).map(({ callId }) => callId));
          expect(resumed.reached.filter(({ id }) => before.has(id))).toEqual([]);
        }
      }),
      { numRuns: 15, seed: 1 },
    );
  });

  it("the run goes on from every prefix under another model as one run that begins again", async () => {
    const moves: Move[] = [[call("a", "diagnose")], [call("b", "resource_get", { name: "web" })], "answer"];
    const whole = await steps(moves, request, []);
    const first = whole.journal[0];
    for (let kept = 1; kept < whole.journal.length; kept += 1) {
      const stored = whole.journal.slice(0, kept);
      const { journal, report, reached } = await steps(moves, request, stored, "newer");
      const [note, begun] = journal.slice(kept);
      expect(note).toMatchObject({ kind: "note", code: "prefix_changed" });
      if (first?.kind !== "begun" || begun?.kind !== "begun") throw new Error("a run begins with its prefix");
      expect(begun.prefix).not.toBe(first.prefix);
      expect(begun).toMatchObject({ model: "newer", mark: first.mark, question: first.question });
      const usage = { ...whole.report.usage, model: "newer", durationMs: 60_000 };
      expect(report).toEqual({ ...whole.report, usage });
      const before = resultsIn(stored).length;
      expect(reached.map(({ id }) => id)).toEqual(["a", "b"].slice(before));
    }
  });
});
