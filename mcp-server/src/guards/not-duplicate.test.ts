import { expect, test } from "vitest";
import { known } from "../facts/facts.ts";
import { notDuplicate } from "./not-duplicate.ts";
import { at, executing, facts, ROLLBACK, record, scaleTo } from "./test/facts.ts";

const { authority } = record().spec;

test.each([
  ["the same change on record", record("act-1", { status: { phase: "Approved" } }), "DUPLICATE"],
  [
    "another change of the target under way",
    record("act-1", { spec: { action: scaleTo(3), actionKey: "other" }, status: { phase: "Verifying" } }),
    "DUPLICATE",
  ],
  [
    "another change proposed",
    record("act-1", { spec: { action: scaleTo(3), actionKey: "other" }, status: { phase: "Proposed" } }),
    undefined,
  ],
  ["the same change that ended", record("act-1", { status: { phase: "Succeeded" } }), undefined],
  ["the same change that ran out", record("act-1", { spec: { expiresAt: at(-1) } }), undefined],
  [
    "the same change under an earlier policy",
    record("act-1", { spec: { authority: { ...authority, policyRef: { uid: "default-uid", generation: 0 } } } }),
    undefined,
  ],
  ["the own record", record("act-own"), undefined],
])("proposing beside %s", (_what, other, code) => {
  expect(notDuplicate(ROLLBACK, facts({ ledger: known([other]) }))?.code).toBe(code);
});

test("executing beside a proposal of the same change is no matter, beside a change under way it is", () => {
  expect(notDuplicate(ROLLBACK, executing({ ledger: known([record("act-1")]) }))).toBeNull();
  const busy = record("act-1", { status: { phase: "Executing" } });
  expect(notDuplicate(ROLLBACK, executing({ ledger: known([busy]) }))).toMatchObject({ code: "DUPLICATE" });
});
