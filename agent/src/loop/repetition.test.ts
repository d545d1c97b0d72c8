import type { JournalEntry, ToolCall } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { brokenImage, fakeTools } from "../../test/fake-tools.ts";
import { answer, call, turnOf } from "../../test/models.ts";
import { effects, request, type Scripted, scriptModel, wholeRun } from "../../test/runs.ts";

let made = 0;
const fresh = (tool: string, args: Record<string, unknown>): ToolCall => {
  made += 1;
  return call(`r${made}`, tool, args);
};
const pod = (name: string, more: Record<string, unknown> = {}) => fresh("resource_get", { kind: "Pod", name, ...more });
const rollback = (toRevision: number, reason = "") =>
  fresh("workload_rollback", { name: "web", toRevision, reason, evidence: [reason] });

const notesOf = (journal: readonly JournalEntry[]) =>
  journal.flatMap((entry) => (entry.kind === "note" ? [entry.code] : []));

const told = async (turns: readonly Scripted[]) => {
  const model = scriptModel([...turns, answer()]);
  const tools = fakeTools(brokenImage);
  const run = await wholeRun(effects({ model, tools }), request);
  return { ...run, notes: notesOf(run.journal), choices: model.inputs.map(({ toolChoice }) => toolChoice) };
};

const FAILING = ["a", "b", "c"].map((name) => turnOf(fresh("nothing", { name })));

describe("a model that goes round in a circle", () => {
  it.each([
    ["the same calls", "same_calls", [turnOf(pod("a")), turnOf(pod("a"))]],
    ["the same set in another order", "same_calls", [turnOf(pod("a"), pod("b")), turnOf(pod("b"), pod("a"))]],
    ["another limit", "same_calls", [turnOf(pod("a", { limit: 100 })), turnOf(pod("a", { limit: 5_000 }))]],
    ["another reason", "same_calls", [turnOf(rollback(1, "it fails")), turnOf(rollback(1, "it crashes"))]],
    ["nearly the same number", "same_calls", [turnOf(pod("a", { lines: 100 })), turnOf(pod("a", { lines: 101 }))]],
    ["nearly the same time", "same_calls", [turnOf(pod("a", { since: "15m" })), turnOf(pod("a", { since: "16m" }))]],
    ["another case and blanks", "same_calls", [turnOf(pod("Web ")), turnOf(pod("web"))]],
    ["two sets in turns", "alternating_calls", ["a", "b", "a", "b"].map((name) => turnOf(pod(name)))],
    ["only failing calls", "all_calls_failed", [turnOf(pod("web")), ...FAILING]],
  ] as const)("is told once of %s, and goes on with its tools", async (_, repetition, turns) => {
    const { notes, choices } = await told(turns);
    expect(notes).toEqual([`nudge_${repetition}`]);
    expect(choices).toEqual(choices.map(() => "auto"));
    expect(choices).toHaveLength(turns.length + 1);
  });

  it.each([
    ["another object", [turnOf(pod("a")), turnOf(pod("b"))]],
    ["another tool", [turnOf(pod("a")), turnOf(fresh("diagnose", { kind: "Pod", name: "a" }))]],
    ["another number of calls", [turnOf(pod("a")), turnOf(pod("a"), pod("b"))]],
    ["an action on another revision", [turnOf(rollback(10)), turnOf(rollback(11))]],
    ["A, B, A", ["a", "b", "a"].map((name) => turnOf(pod(name)))],
  ])("is not found in %s", async (_, turns) => {
    expect((await told(turns)).notes).toEqual([]);
  });

  it("loses its tools when it repeats itself after the word, whatever the repetition is", async () => {
    const turns = ["a", "a", "b", "c", "b", "c"].map((name) => turnOf(pod(name)));
    const { notes, choices, report } = await told(turns);
    expect(notes).toEqual(["nudge_same_calls", "forced_loop"]);
    expect(choices).toEqual([...turns.map(() => "auto"), "none"]);
    expect(report.rationale).toBe("A person has to look.");
  });

  it("loses its tools when it ignores the word, and a last try ends the run", async () => {
    const { notes, choices, report } = await told(["a", "a", "a", "a"].map((name) => turnOf(pod(name))));
    expect(notes).toEqual(["nudge_same_calls", "forced_loop"]);
    expect(choices).toEqual(["auto", "auto", "auto", "none"]);
    expect(report).toMatchObject({ decision: "manual", gaps: [expect.stringContaining("forced_loop")] });
  });
});
