import { expect, test } from "vitest";
import { known, unreadable } from "../facts/facts.ts";
import { identityMay } from "./identity-may.ts";
import { executing, facts, ROLLBACK, record } from "./test/facts.ts";

const requester = (may: ReturnType<typeof known<boolean>>) => ({ requester: { user: { username: "bob" }, may } });

test("denies what the requester may not do, or what cannot be asked", () => {
  expect(identityMay(ROLLBACK, facts(requester(known(true))))).toBeNull();
  expect(identityMay(ROLLBACK, facts(requester(known(false))))).toMatchObject({ code: "IDENTITY_FORBIDDEN" });
  expect(identityMay(ROLLBACK, facts(requester(unreadable("down"))))).toMatchObject({ code: "FACTS_UNAVAILABLE" });
});

test("asks nobody where nobody stands behind it", () => {
  expect(identityMay(ROLLBACK, facts({ requester: undefined }))).toBeNull();
});

test.each([
  [known(false), "APPROVAL_FORBIDDEN"],
  [unreadable("down"), "FACTS_UNAVAILABLE"],
])("denies when the approver of a consumed approval lost the right (%#)", (may, code) => {
  const consumed = record("act-own", { status: { approvalRef: { name: "yes", uid: "yes-uid", approver: "alice" } } });
  expect(identityMay(ROLLBACK, executing({ record: consumed, approverMay: new Map([["alice", may]]) }))).toMatchObject({
    code,
  });
});
