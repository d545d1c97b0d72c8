import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Action } from "../actions/action.ts";
import { canonicalJson, digestOf } from "./canonical.ts";
import { actionKey, approvalDigest, remediationName } from "./remediation.ts";

const action: Action = {
  type: "Rollback",
  target: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "u-1" },
  parameters: { toRevision: 1 },
};

const record = {
  actionKey: actionKey(action),
  premise: { revision: "2", templateHash: "sha256:x" },
  diff: "- a\n+ b",
  authority: {
    actionRef: { name: "roll-back", uid: "a-1", generation: 1 },
    policyRef: { uid: "p-1", generation: 3 },
    mode: "approve" as const,
  },
  expiresAt: "2026-01-01T00:00:00Z",
};

describe("canonical JSON", () => {
  it("does not depend on the order of members", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const reversed = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(value));
      }),
    );
  });

  it("reads back as the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ noNullPrototype: true } as object), (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("leaves out undefined members and refuses what JSON cannot hold", () => {
    expect(canonicalJson({ b: undefined, a: 1 })).toBe('{"a":1}');
    expect(() => canonicalJson({ a: Number.NaN })).toThrow(TypeError);
    expect(() => canonicalJson(() => 1)).toThrow(TypeError);
  });
});

describe("the two digests", () => {
  it.each([
    ["uid", { ...action, target: { ...action.target, uid: "u-2" } }],
    ["namespace", { ...action, target: { ...action.target, namespace: "other" } }],
    ["parameters", { ...action, parameters: { toRevision: 2 } }],
  ] as const)("gives another action key for another %s", (_, other) => {
    expect(actionKey(other)).not.toBe(actionKey(action));
  });

  it.each([
    ["actionKey", { ...record, actionKey: digestOf("other") }],
    ["premise", { ...record, premise: { ...record.premise, revision: "3" } }],
    ["diff", { ...record, diff: "- a\n+ c" }],
    [
      "SreAction",
      { ...record, authority: { ...record.authority, actionRef: { ...record.authority.actionRef, generation: 2 } } },
    ],
    ["SrePolicy", { ...record, authority: { ...record.authority, policyRef: { uid: "p-1", generation: 4 } } }],
    ["expiry", { ...record, expiresAt: "2026-01-02T00:00:00Z" }],
  ] as const)("voids an approval when the %s changes", (_, other) => {
    expect(approvalDigest(other)).not.toBe(approvalDigest(record));
  });

  it("names the record of a retry alike and of a new attempt anew", () => {
    const name = remediationName("run-1", record.actionKey, 0);
    expect(name).toMatch(/^act-[0-9a-f]{16}$/);
    expect(remediationName("run-1", record.actionKey, 0)).toBe(name);
    expect(remediationName("run-1", record.actionKey, 1)).not.toBe(name);
    expect(remediationName("run-2", record.actionKey, 0)).not.toBe(name);
  });
});
