import { expect, test } from "vitest";
import { known } from "../facts/facts.ts";
import { modeAllows } from "./mode-allows.ts";
import { executing, facts, policy, ROLLBACK } from "./test/facts.ts";

const under = (mode: string) => known(policy({ mode }));

test.each([
  ["off", "MODE_FORBIDS", "MODE_FORBIDS"],
  ["observe", undefined, "MODE_FORBIDS"],
  ["propose", undefined, "MODE_FORBIDS"],
  ["approve", undefined, undefined],
])("mode %s: proposing %s, executing %s", (mode, proposing, execution) => {
  expect(modeAllows(ROLLBACK, facts({ policy: under(mode) }))?.code).toBe(proposing);
  expect(modeAllows(ROLLBACK, executing({ policy: under(mode) }))?.code).toBe(execution);
});

test("names whose ceiling it was", () => {
  expect(modeAllows(ROLLBACK, facts({ policy: under("off") }))?.message).toBe(
    "The mode is off (SrePolicy); this needs at least observe.",
  );
});

test.each([{ generation: 2 }, { uid: "another" }])(
  "denies under another policy than that of the proposal (%o)",
  (change) => {
    const now = policy();
    const given = executing({ policy: known({ ...now, metadata: { ...now.metadata, ...change } }) });
    expect(modeAllows(ROLLBACK, given)).toMatchObject({ code: "POLICY_CHANGED" });
  },
);
