import { describe, it } from "vitest";
import { openScenario } from "./scenario.ts";
import { expectOneOfEach, playKilling, STAGES } from "./survive.ts";

const CASE_MS = 120_000;
/** The parts that write; the others are killed on the real cluster. */
const WRITING = ["operator", "mcp-act"] as const;

describe.concurrent("an incident goes on to its verified end, with one run and one write, when", () => {
  it.each(WRITING)(
    `%s is killed again and again: ${STAGES.join(", ")}`,
    async (part) => {
      await using scenario = await openScenario("bad-release");
      const broken = await playKilling(scenario, part, STAGES);
      await expectOneOfEach(scenario, broken);
    },
    CASE_MS,
  );
});
