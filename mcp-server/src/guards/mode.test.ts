import { type Action, lowestMode, MODES, type Mode } from "@sre-agent/crds";
import { expect, test } from "vitest";
import { type Facts, known, unreadable } from "../facts/facts.ts";
import { effectiveMode, wantsOwnFinding } from "./mode.ts";
import { facts, policy, RESTART, ROLLBACK, run, scaleTo, workload } from "./test/facts.ts";

test.each(MODES.flatMap((top) => MODES.map((rule) => [top, rule] as const)))(
  "policy %s and rule %s give the lower one",
  (mode, rule) => {
    const given = facts({ policy: known(policy({ mode, rules: [{ namespaces: ["shop"], mode: rule }] })) });
    expect(effectiveMode(RESTART, given)).toBe(lowestMode(mode, rule));
    expect(effectiveMode(ROLLBACK, given)).toBe(lowestMode(mode, rule, "approve"));
  },
);

const LOWERED: readonly [string, Mode, Action, Partial<Facts>][] = [
  ["no policy", "observe", RESTART, { policy: known(undefined) }],
  ["no rule for the namespace", "observe", RESTART, { policy: known(policy({ rules: [] })) }],
  [
    "the first matching rule",
    "propose",
    RESTART,
    {
      policy: known(
        policy({
          rules: [
            { namespaceSelector: { matchLabels: { team: "shop" } }, mode: "propose" },
            { namespaces: ["shop"], mode: "auto" },
          ],
        }),
      ),
    },
  ],
  ["the run", "propose", RESTART, { run: known(run({ mode: "propose" })) }],
  ["no finding of our own", "approve", RESTART, { ownFinding: known(false) }],
  ["an unreadable diagnosis", "approve", RESTART, { ownFinding: unreadable("down") }],
  ["scaling up by half", "auto", scaleTo(6), {}],
  ["scaling up by more", "approve", scaleTo(7), {}],
  ["scaling down", "approve", scaleTo(3), {}],
];

test.each(LOWERED.map(([by, mode, action, change]) => ({ by, mode, action, change })))(
  "$by gives $mode",
  ({ mode, action, change }) => {
    expect(effectiveMode(action, facts(change))).toBe(mode);
  },
);

test("a closed window lowers it to propose", () => {
  const windows = [{ days: ["Mon"], from: "01:00", to: "02:00" }];
  const given = facts({ policy: known(policy({ rules: [{ namespaces: ["shop"], mode: "auto", windows }] })) });
  expect(effectiveMode(RESTART, given)).toBe("propose");
});

test("is no mode at all when a fact is missing", () => {
  expect(effectiveMode(RESTART, facts({ policy: unreadable("down") }))).toMatchObject({ code: "FACTS_UNAVAILABLE" });
});

test("asks for a diagnosis of our own only where it decides", () => {
  expect(wantsOwnFinding(RESTART, facts())).toBe(true);
  expect(wantsOwnFinding(ROLLBACK, facts())).toBe(false);
  expect(wantsOwnFinding(scaleTo(9), facts({ target: known(workload()) }))).toBe(false);
});
