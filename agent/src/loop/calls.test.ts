import { type JournalEntry, journalEntrySchema, type ToolCall } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { brokenImage, fakeTools, type Script } from "../../test/fake-tools.ts";
import { answer, call, turnOf } from "../../test/models.ts";
import { effects, request, type Scripted, scriptModel, wholeRun } from "../../test/runs.ts";
import { createRunner } from "./run.ts";

const resultsIn = (journal: readonly JournalEntry[]) =>
  journal.flatMap((entry) => (entry.kind === "results" ? entry.results : []));

async function answered(turns: readonly Scripted[], script: Script = brokenImage) {
  const tools = fakeTools(script);
  const run = await wholeRun(effects({ model: scriptModel([...turns, answer()]), tools }));
  for (const entry of run.journal) expect(journalEntrySchema.safeParse(entry).error).toBeUndefined();
  return { ...run, tools, results: resultsIn(run.journal) };
}

const read = (id: string) => call(id, "resource_get", { name: id });

describe("the calls of a turn", () => {
  it("have one result each, in their order, whatever becomes of them", async () => {
    const malformed: ToolCall = { ...read("bad"), arguments: {}, malformed: '{"name": ' };
    const calls = [read("one"), call("odd", "shell_exec"), malformed, read("thrown"), read("two")];
    const script: Script = {
      resource_get: ({ id }) => {
        if (id === "thrown") throw new TypeError("a fault in the tool");
        return { text: id };
      },
    };
    const { results, tools } = await answered([turnOf(...calls)], script);
    expect(results.map(({ callId, code }) => [callId, code])).toEqual([
      ["one", undefined],
      ["odd", "TOOL_UNKNOWN"],
      ["bad", "MALFORMED_ARGUMENTS"],
      ["thrown", "TOOL_ERROR"],
      ["two", undefined],
    ]);
    expect(results[1]?.text).toContain("Offered are: resource_get");
    expect(results[2]?.text).toContain("Expected: ");
    expect(tools.calls.map(({ id }) => id)).toEqual(["one", "thrown", "two"]);
  });

  it("are done once when an id stands twice, in one turn or in two", async () => {
    const act = (id: string) => call(id, "workload_rollback", { name: "web", toRevision: 1 });
    const { results, tools } = await answered([turnOf(act("a"), act("a")), turnOf(act("a"), read("b"))]);
    expect(tools.calls.map(({ id }) => id)).toEqual(["a", "b"]);
    expect(results.map(({ callId, code }) => [callId, code])).toEqual([
      ["a", undefined],
      ["a", "DUPLICATE_CALL_ID"],
      ["a", "DUPLICATE_CALL_ID"],
      ["b", undefined],
    ]);
  });

  it("carry the run and its correlation id, and never more time than the run has", async () => {
    const seen: unknown[] = [];
    const script: Script = {
      resource_get: (_, { run, correlationId, timeoutMs }) => {
        seen.push({ run, correlationId, timeoutMs });
        return {};
      },
    };
    const given = effects({ model: scriptModel([turnOf(read("a")), answer()]), tools: fakeTools(script) });
    await wholeRun(given, { ...request, budget: { seconds: 20 } });
    expect(seen).toEqual([{ run: request.run, correlationId: "inv-1", timeoutMs: 19_800 }]);
  });

  it("are begun only while the run has time, however many of them wait for each other", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const clock = { now: () => now, timeout: () => new AbortController().signal };
    const given: number[] = [];
    const script: Script = {
      resource_get: (_, { timeoutMs }) => {
        given.push(timeoutMs);
        now += 5_000;
        return {};
      },
    };
    const calls = ["a", "b", "c", "d", "e", "f"].map(read);
    const model = scriptModel([turnOf(...calls), answer()]);
    const run = await wholeRun(effects({ model, clock, tools: fakeTools(script) }), {
      ...request,
      budget: { seconds: 12 },
    });
    expect(given).toEqual([12_000, 7_000, 2_000]);
    expect(resultsIn(run.journal).map(({ code }) => code)).toEqual([...Array(3), ...Array(3).fill("BUDGET_EXHAUSTED")]);
  });

  it("end with the run when it is aborted, and nothing is taken for a result", async () => {
    const abort = new AbortController();
    let told = false;
    const script: Script = {
      resource_get: (_, { signal }) => {
        abort.abort(new Error("stop"));
        told = signal.aborted;
        throw new Error("cancelled");
      },
    };
    const journal: JournalEntry[] = [];
    const runner = createRunner(effects({ model: scriptModel([turnOf(read("a"))]), tools: fakeTools(script) }));
    const run = runner.run(request, { signal: abort.signal, onEntry: (entry) => void journal.push(entry) });
    await expect(run).rejects.toThrow("stop");
    expect(journal.map(({ kind }) => kind)).toEqual(["begun", "turn"]);
    expect(told).toBe(true);
  });

  it("are followed by nothing when the run is aborted meanwhile, even if they end well", async () => {
    const abort = new AbortController();
    const tools = fakeTools({
      ...brokenImage,
      diagnose: (asked, options) => {
        abort.abort(new Error("stop"));
        return brokenImage["diagnose"]?.(asked, options) ?? {};
      },
    });
    await expect(createRunner(effects({ tools })).run(request, { signal: abort.signal })).rejects.toThrow("stop");
    expect(tools.calls.map(({ tool }) => tool)).toEqual(["diagnose"]);
  });
});

/** Tools that stay under way until released, and say how many were at once. */
function slowTools() {
  const open = new Map<string, () => void>();
  const log: string[] = [];
  let most = 0;
  const slow = (given: ToolCall) => {
    log.push(`start ${given.id}`);
    return new Promise<object>((resolve) => {
      open.set(given.id, () => {
        open.delete(given.id);
        log.push(`end ${given.id}`);
        resolve({ text: given.id });
      });
      most = Math.max(most, open.size);
    });
  };
  return { open, log, most: () => most, script: { resource_get: slow, workload_rollback: slow } };
}

/** Lets everything that is ready run on; all parts here are in memory. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

async function finishAll(run: Promise<unknown>, open: ReadonlyMap<string, () => void>, perRound: number) {
  let done = false;
  void run.then(() => (done = true));
  let rounds = 0;
  for (await settle(); !done; await settle()) {
    for (const finish of [...open.values()].slice(0, perRound)) finish();
    rounds += 1;
  }
  return rounds;
}

describe("slow calls", () => {
  it("overlap as reads, four at once, and keep their order", async () => {
    const { open, most, script } = slowTools();
    const ids = Array.from({ length: 8 }, (_, index) => `r${index}`);
    const run = answered([turnOf(...ids.map(read))], script);
    const rounds = await finishAll(run, open, 8);
    expect(most()).toBe(4);
    expect(rounds).toBeLessThanOrEqual(8 / 3);
    expect((await run).results.map(({ text }) => text)).toEqual(ids);
  });

  it("never overlap as acts, neither with each other nor with reads", async () => {
    const { open, log, script } = slowTools();
    const act = (id: string) => call(id, "workload_rollback", { name: id });
    const run = answered([turnOf(read("r1"), read("r2"), act("a1"), act("a2"), read("r3"))], script);
    await finishAll(run, open, 1);
    await run;
    expect(log).toEqual([
      ...["start r1", "start r2", "end r1", "end r2"],
      ...["start a1", "end a1", "start a2", "end a2", "start r3", "end r3"],
    ]);
  });
});
