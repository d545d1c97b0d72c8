import type { SreRemediation } from "@sre-agent/crds";
import { expect, test } from "vitest";
import { known } from "../facts/facts.ts";
import { at, executing, facts, policy, ROLLBACK, record, sreAction } from "./test/facts.ts";
import { withinQuota } from "./within-quota.ts";

interface Used {
  readonly minutesAgo: number;
  readonly uid?: string;
  readonly namespace?: string;
  readonly by?: string;
  readonly result?: "written" | "refused";
}

let count = 0;
function used({
  minutesAgo,
  uid = `uid-${count}`,
  namespace = "shop",
  by = "other",
  result = "written",
}: Used): SreRemediation {
  count += 1;
  const { authority } = record().spec;
  const action = { ...ROLLBACK, target: { ...ROLLBACK.target, uid, namespace } };
  const attempts = [{ number: 1, direction: "forward" as const, startedAt: at(-minutesAgo), result }];
  return record(`act-${count}`, {
    spec: { action, authority: { ...authority, actionRef: { ...authority.actionRef, name: by } } },
    status: { phase: "Succeeded", attempts },
  });
}
const times = (number: number, use: Used) => Array.from({ length: number }, () => used(use));

test.each([
  ["the target 9 minutes ago", [used({ minutesAgo: 9, uid: "web-uid" })], true],
  ["the target 11 minutes ago", [used({ minutesAgo: 11, uid: "web-uid" })], false],
  ["the namespace 3 times in the hour", times(3, { minutesAgo: 59 }), true],
  ["the namespace 3 times before the hour", times(3, { minutesAgo: 61 }), false],
  ["the namespace 10 times in the day", times(10, { minutesAgo: 1000 }), true],
  ["the cluster 3 times in 10 minutes", times(3, { minutesAgo: 9, namespace: "other" }), true],
  ["the cluster 2 times in 10 minutes", times(2, { minutesAgo: 9, namespace: "other" }), false],
  ["nothing, as the write was refused", [used({ minutesAgo: 1, uid: "web-uid", result: "refused" })], false],
  ["the SreAction on the target in its cooldown", [used({ minutesAgo: 25, uid: "web-uid", by: "undo" })], true],
])("a change of %s", (_what, ledger, denied) => {
  const actions = known([sreAction({ cooldown: "30m" })]);
  expect(withinQuota(ROLLBACK, facts({ ledger: known(ledger), actions }))?.code).toBe(
    denied ? "QUOTA_EXCEEDED" : undefined,
  );
});

test("the SreAction's own limits count its uses", () => {
  const given = (perHour: number) =>
    facts({
      actions: known([sreAction({ limits: { perHour } })]),
      ledger: known(times(2, { minutesAgo: 30, by: "undo" })),
    });
  expect(withinQuota(ROLLBACK, given(2))).toMatchObject({ code: "QUOTA_EXCEEDED" });
  expect(withinQuota(ROLLBACK, given(3))).toBeNull();
});

test("a rule's quotas replace the policy's", () => {
  const rules = [{ namespaces: ["shop"], mode: "auto", quotas: { perTargetPer10Minutes: 2 } }];
  const given = facts({ policy: known(policy({ rules })), ledger: known([used({ minutesAgo: 9, uid: "web-uid" })]) });
  expect(withinQuota(ROLLBACK, given)).toBeNull();
});

test("five open proposals in the namespace are enough, and the own one does not count", () => {
  const open = (name: string) => record(name, { status: { phase: "Proposed" } });
  const five = ["a", "b", "c", "d", "e"].map(open);
  expect(withinQuota(ROLLBACK, facts({ ledger: known(five) }))).toMatchObject({ code: "QUOTA_EXCEEDED" });
  expect(withinQuota(ROLLBACK, facts({ ledger: known([...five.slice(1), open("act-own")]) }))).toBeNull();
  expect(withinQuota(ROLLBACK, executing({ ledger: known(five) }))).toBeNull();
});
