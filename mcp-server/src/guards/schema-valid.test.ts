import type { Action } from "@sre-agent/crds";
import { expect, test } from "vitest";
import { schemaValid } from "./schema-valid.ts";
import { EVICT, facts, RESTART, ROLLBACK, scaleTo } from "./test/facts.ts";

test.each([ROLLBACK, RESTART, EVICT, scaleTo(3)])("lets $type pass", (action) => {
  expect(schemaValid(action, facts())).toBeNull();
});

test.each<[string, unknown]>([
  ["a scale to zero", scaleTo(0)],
  ["an unknown type", { ...ROLLBACK, type: "Delete" }],
  ["an unknown field", { ...ROLLBACK, command: "rm" }],
  ["free text as a parameter", { ...ROLLBACK, parameters: { toRevision: 1, image: "evil:1" } }],
  ["a namespace in capitals", { ...ROLLBACK, target: { ...ROLLBACK.target, namespace: "Kube-System" } }],
  ["a rollback of a pod", { ...ROLLBACK, target: { ...ROLLBACK.target, kind: "Pod" } }],
])("denies %s", (_what, action) => {
  expect(schemaValid(action as Action, facts())).toMatchObject({ code: "SCHEMA_INVALID" });
});
