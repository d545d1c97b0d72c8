import type { JournalEntry, Report, ToolCall } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { fakeTools, imageFinding, receipt } from "../../test/fake-tools.ts";
import { answer, call } from "../../test/models.ts";
import { effects, request } from "../../test/runs.ts";
import type { ModelClient } from "../model/model-client.ts";
import { createRunner } from "./run.ts";

const TURNS = [
  [call("a", "diagnose", { namespace: "shop" })],
  [call("b", "resource_get", { name: "web" }), call("c", "resource_get", { name: "api" })],
  [call("d", "workload_rollback", { name: "web", toRevision: 1 })],
];
const CLAIMS = [{ text: "The image is missing.", evidence: ["ev-image"] }];

class Killed extends Error {}

/** Where the process dies: at the n-th effect, before it or after it happened. */
interface Death {
  readonly at: number;
  readonly when: "before" | "after";
}

/** The act server keeps one record for a run's action, however often it is asked; what is counted are the requests. */
function world() {
  const asked: ToolCall[] = [];
  const died: ("model" | "tool")[] = [];
  const records = new Set<string>();
  const turns: number[] = [];
  const tools = fakeTools({
    diagnose: () => ({ structured: { findings: [imageFinding], gaps: [] }, evidence: ["ev-image"] }),
    resource_get: ({ arguments: { name } }) => ({ text: `image of ${name}`, evidence: [`ev-${name}`] }),
    workload_rollback: ({ tool, arguments: given }) => {
      records.add(JSON.stringify([tool, given]));
      return { structured: receipt };
    },
  });
  return { asked, died, records, turns, tools };
}

type World = ReturnType<typeof world>;

/** A process that takes durable steps until it dies or the run has ended; only what a step gave back was stored. */
async function process({ asked, died, turns, tools }: World, journal: JournalEntry[], death?: Death) {
  let made = 0;
  const killed = new AbortController();
  const mortal = async <Value>(kind: "model" | "tool", effect: () => Promise<Value>): Promise<Value> => {
    made += 1;
    const value = made === death?.at && death.when === "before" ? undefined : await effect();
    const dies = made >= (death?.at ?? Number.POSITIVE_INFINITY) && death?.when === "after";
    if (value !== undefined && !dies) return value;
    died.push(kind);
    // A process that is gone answers for nothing.
    killed.abort(new Killed());
    throw killed.signal.reason;
  };
  const model: ModelClient = {
    name: "script",
    turn: (input) =>
      mortal("model", async () => {
        const taken = input.journal.filter(({ kind }) => kind === "turn").length;
        turns.push(taken);
        const usage = { inputTokens: 50, outputTokens: 5 };
        const calls = TURNS[taken] ?? [];
        return calls.length > 0
          ? { calls, usage }
          : { calls, usage, ...answer({ decision: "approve", claims: CLAIMS }) };
      }),
  };
  const { step } = createRunner(
    effects({
      model,
      clock: { now: () => Date.parse("2026-01-01T00:00:00Z"), timeout: () => new AbortController().signal },
      tools: {
        list: tools.list,
        call: (given, options) =>
          mortal("tool", async () => {
            asked.push(given);
            return tools.call(given, options);
          }),
      },
    }),
  );
  for (;;) {
    const made = await step(request, journal, killed.signal);
    journal.push(...made.entries);
    if (made.report) return { report: made.report, effects: turns.length + asked.length };
  }
}

async function killedAt(death: Death): Promise<{ readonly report: Report; readonly world: World; journal: object }> {
  const journal: JournalEntry[] = [];
  const made = world();
  await expect(process(made, journal, death)).rejects.toBeInstanceOf(Killed);
  const { report } = await process(made, journal);
  return { report, world: made, journal };
}

describe("a run whose process is killed", () => {
  it("ends in the same report wherever that was, with no act twice, and only what was in flight repeated", async () => {
    const whole = world();
    const journal: JournalEntry[] = [];
    const undisturbed = await process(whole, journal);
    expect(undisturbed.report.decision).toBe("approve");
    for (let at = 1; at <= undisturbed.effects; at += 1) {
      for (const when of ["before", "after"] as const) {
        const killed = await killedAt({ at, when });
        expect(killed.report).toEqual(undisturbed.report);
        expect(killed.journal).toEqual(journal);
        expect(killed.world.records.size).toBe(1);
        // What had come back was stored: of a turn in flight only the turn is repeated, and of its calls only those.
        const [turns, calls] = killed.world.died[0] === "model" ? [1, 0] : [0, 2];
        expect(killed.world.turns.length - whole.turns.length).toBeLessThanOrEqual(turns);
        expect(killed.world.asked.length - whole.asked.length).toBeLessThanOrEqual(calls);
        expect(killed.world.asked.filter(({ tool }) => tool === "workload_rollback").length).toBeLessThanOrEqual(2);
      }
    }
  });
});
