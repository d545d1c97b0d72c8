import { expect, test } from "vitest";
import { type Facts, known } from "../facts/facts.ts";
import { approvalMatches } from "./approval-matches.ts";
import { approval, executing, facts, policy, ROLLBACK, record } from "./test/facts.ts";

const write = record().spec.write;
const under = (...approvals: ReturnType<typeof approval>[]) => executing({ approvals: known(approvals) });

test("is not asked at the proposal", () => {
  expect(approvalMatches(ROLLBACK, facts())).toBeNull();
});

test.each([
  ["a valid one", [approval()], undefined],
  ["none", [], "APPROVAL_MISSING"],
  ["one for another record", [approval({ remediationRef: { name: "act-other" } })], "APPROVAL_MISSING"],
  ["one for a namesake", [approval({ remediationRef: { name: "act-own", uid: "gone" } })], "APPROVAL_MISSING"],
  ["another digest", [approval({ digest: "sha256:other" })], "APPROVAL_DIGEST"],
  ["another write", [approval({ write: { ...write, name: "api" } })], "APPROVAL_DIGEST"],
  ["a ServiceAccount's", [approval({ approver: "system:serviceaccount:shop:bot" })], "APPROVAL_FORBIDDEN"],
  ["the requester's", [approval({ approver: "requester" })], "APPROVAL_SELF"],
  ["one of 15 minutes ago", [approval({}, 15)], "APPROVAL_EXPIRED"],
  ["one of 14 minutes ago", [approval({}, 14)], undefined],
  ["one of a clock a little ahead of ours", [approval({}, -0.5)], undefined],
  ["one that is yet to come: a clock is wrong, and it may be ours", [approval({}, -2)], "FACTS_UNAVAILABLE"],
  ["a faulty and a valid one", [approval({ digest: "sha256:other" }, 2), approval()], undefined],
  ["a valid one and a rejection", [approval(), approval({ decision: "Reject", approver: "bob" })], "APPROVAL_REJECTED"],
])("with %s", (_what, approvals, code) => {
  expect(approvalMatches(ROLLBACK, under(...approvals))?.code).toBe(code);
});

test("the proposer never approves, the requester may where the policy does not ask for four eyes", () => {
  const relaxed = known(policy({ fourEyes: false }));
  const by = (approver: string) =>
    executing({
      policy: relaxed,
      approvals: known([approval({ approver })]),
      approverMay: new Map([[approver, known(true)]]),
      record: record("act-own", { spec: { proposer: { user: "pat" } } }),
    });
  expect(approvalMatches(ROLLBACK, by("requester"))).toBeNull();
  expect(approvalMatches(ROLLBACK, by("pat"))).toMatchObject({ code: "APPROVAL_SELF" });
});

test("an approver who may not make the write does not stand for it, and keeps nobody else from it", () => {
  const approvals = known([approval({ approver: "eve" }), approval()]);
  const may = (...rights: [string, boolean][]) => new Map(rights.map(([user, right]) => [user, known(right)]));
  const under = (approverMay: Facts["approverMay"]) => approvalMatches(ROLLBACK, executing({ approvals, approverMay }));
  expect(under(may(["eve", false], ["alice", true]))).toBeNull();
  expect(under(may(["eve", false], ["alice", false]))).toMatchObject({ code: "APPROVAL_FORBIDDEN" });
  expect(under(may())).toMatchObject({ code: "FACTS_UNAVAILABLE" });
});

test("a consumed approval stays the one, however old, and no other takes its place", () => {
  const consumed = record("act-own", { status: { approvalRef: { name: "yes", uid: "yes-uid", approver: "alice" } } });
  expect(approvalMatches(ROLLBACK, executing({ record: consumed, approvals: known([approval({}, 60)]) }))).toBeNull();
  const other = { ...approval(), metadata: { ...approval().metadata, uid: "second" } };
  expect(approvalMatches(ROLLBACK, executing({ record: consumed, approvals: known([other]) }))).toMatchObject({
    code: "APPROVAL_CONSUMED",
  });
});
