import type { Outcome } from "@sre-agent/crds";
import { expect, test } from "vitest";
import { known } from "../facts/facts.ts";
import { breakerClosed } from "./breaker-closed.ts";
import { at, facts, policy, ROLLBACK, record } from "./test/facts.ts";

const ended = (outcome: Outcome, minutesAgo: number, namespace = "shop") =>
  record(`act-${outcome}-${minutesAgo}-${namespace}`, {
    spec: { action: { ...ROLLBACK, target: { ...ROLLBACK.target, namespace } } },
    status: { phase: outcome, outcome, completedAt: at(-minutesAgo) },
  });

test.each([
  ["two failures within the hour", [ended("Failed", 10), ended("RolledBack", 50)], true],
  ["an unknown end among them", [ended("Unknown", 10), ended("Failed", 50)], true],
  ["one failure", [ended("Failed", 10), ended("Succeeded", 5)], false],
  ["an old failure", [ended("Failed", 10), ended("Failed", 61)], false],
  ["another namespace", [ended("Failed", 10), ended("Failed", 20, "other")], false],
])("%s: %#", (_what, ledger, open) => {
  expect(breakerClosed(ROLLBACK, facts({ ledger: known(ledger) }))?.code).toBe(open ? "BREAKER_OPEN" : undefined);
});

test("the policy says how many within how long", () => {
  const given = facts({
    policy: known(policy({ breaker: { failures: 1, within: "5m" } })),
    ledger: known([ended("Failed", 4)]),
  });
  expect(breakerClosed(ROLLBACK, given)).toMatchObject({ code: "BREAKER_OPEN" });
});
