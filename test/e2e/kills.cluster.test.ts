import { describe, it } from "vitest";
import { openScenario, PARTS } from "./scenario.ts";
import { expectOneOfEach, playKilling, STAGES } from "./survive.ts";

const CASE_MS = 180_000;
const CASES = PARTS.flatMap((part) => STAGES.map((stage) => [part, stage] as const));

describe("on a real cluster an incident goes on to its end, with one run and one write, when", () => {
  it.each(CASES)(
    "%s is killed while it is %s",
    async (part, stage) => {
      await using scenario = await openScenario("bad-release", "cluster");
      const broken = await playKilling(scenario, part, [stage]);
      await expectOneOfEach(scenario, broken);
    },
    CASE_MS,
  );
});
