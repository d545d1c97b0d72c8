import { describe, it } from "vitest";
import { openScenario } from "./scenario.ts";
import { expectOneOfEach, playKilling, STAGES } from "./survive.ts";

const CASE_MS = 180_000;
/** The parts that write, at each stage alone; the others are killed at every stage of one run. */
const ALONE = (["operator", "mcp-act"] as const).flatMap((part) => STAGES.map((stage) => [part, [stage]] as const));
const AT_ONCE = (["agent", "mcp-read"] as const).map((part) => [part, STAGES] as const);

describe("on a real cluster an incident goes on to its end, with one run and one write, when", () => {
  it.each([...ALONE, ...AT_ONCE])(
    "%s is killed while it is %s",
    async (part, stages) => {
      await using scenario = await openScenario("bad-release", "cluster");
      const broken = await playKilling(scenario, part, stages);
      await expectOneOfEach(scenario, broken);
    },
    CASE_MS,
  );
});
