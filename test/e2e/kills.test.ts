import { describe, it } from "vitest";
import { openScenario, PARTS } from "./scenario.ts";
import { expectOneOfEach, playKilling, STAGES } from "./survive.ts";

const CASE_MS = 120_000;

describe("an incident goes on to its verified end, with one run and one write, when", () => {
  it.each(PARTS)(
    `%s is killed again and again: ${STAGES.join(", ")}`,
    async (part) => {
      await using scenario = await openScenario("bad-release");
      const broken = await playKilling(scenario, part, STAGES);
      await expectOneOfEach(scenario, broken);
    },
    CASE_MS,
  );
});
