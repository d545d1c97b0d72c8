import { describe, expect, it } from "vitest";
import { knownMisses, lackOf, type Replay, replay } from "../src/replay.ts";
import { loadScenarios } from "../src/scenario.ts";

const replays = loadScenarios()
  .map(replay)
  .filter((each): each is Replay => each !== undefined);
const missed = new Set(knownMisses());

it("known misses are scenarios with a capture", () => {
  const ids = new Set(replays.map(({ id }) => id));
  expect([...missed].filter((id) => !ids.has(id))).toEqual([]);
});

describe("captures of staged faults", () => {
  for (const each of replays.filter(({ id }) => !missed.has(id))) {
    it(`${each.id} is named, and its twin is silent`, () => expect(each.passes ? [] : lackOf(each)).toEqual([]));
  }
  for (const { id, passes } of replays.filter((each) => missed.has(each.id))) {
    const advice = `${id} passes now: run npm run eval -- --replay --write-captures, and commit evals/known-misses.json`;
    it(`${id} is still missed`, () => expect(passes ? advice : "").toBe(""));
  }
  it("are captures of scenarios that there are", () => expect(replays.length).toBeGreaterThan(0));
});
