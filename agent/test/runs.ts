import type { DecideRequest, JournalEntry } from "@sre-agent/crds";
import { createRunner, type Effects } from "../src/loop/run.ts";
import type { ModelClient, ModelTurn, TurnInput } from "../src/model/model-client.ts";
import { createRules } from "../src/model/rules.ts";
import type { ToolClient } from "../src/tools/tool-client.ts";

export const request: DecideRequest = {
  trigger: "deployment-unavailable",
  context: { target: { kind: "Deployment", namespace: "shop", name: "web" }, symptom: "0 of 2 pods are ready" },
  actionRefs: ["rollback-web"],
  mode: "approve",
  correlationId: "inv-1",
  run: { namespace: "shop", name: "inv-1", uid: "inv-uid-1" },
};

/** A clock that moves by `tickMs` whenever it is read. */
export function tickingClock(tickMs = 100, startMs = Date.parse("2026-01-01T00:00:00Z")): Effects["clock"] {
  let now = startMs;
  return { now: () => (now += tickMs), timeout: () => new AbortController().signal };
}

export function effects(given: Partial<Effects> & { readonly tools: ToolClient }): Effects {
  return { model: createRules(), clock: tickingClock(), random: () => "mark0123456789", ...given };
}

export interface WholeRun {
  readonly journal: JournalEntry[];
  readonly report: Awaited<ReturnType<ReturnType<typeof createRunner>["run"]>>;
}

export async function wholeRun(given: Effects, asked: DecideRequest = request): Promise<WholeRun> {
  const journal: JournalEntry[] = [];
  const options = { signal: new AbortController().signal, onEntry: (entry: JournalEntry) => void journal.push(entry) };
  const report = await createRunner(given).run(asked, options);
  return { journal, report };
}

export type Scripted = Partial<ModelTurn> | Error;

/** A model that takes the given turns one after the other, the last one again and again. */
export function scriptModel(turns: readonly Scripted[]): ModelClient & { readonly inputs: TurnInput[] } {
  const inputs: TurnInput[] = [];
  return {
    name: "script",
    inputs,
    async turn(input) {
      inputs.push(input);
      const turn = turns[Math.min(inputs.length, turns.length) - 1];
      if (turn instanceof Error) throw turn;
      return { calls: [], usage: { inputTokens: 100, outputTokens: 10 }, ...turn };
    },
  };
}
