import type { Finding } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { type Expected, falseAlarms, isRoot, leaks, scoreDiagnosis, scoreEvidence } from "../src/score.ts";

const expected: Expected = {
  roots: ["Service/cart", "Deployment/bank | Secret/bank-*"],
  causes: ["selector.*v2", "bank"],
  evidence: ["version: v2", "listening"],
  chain: [],
  absent: ["hunter2"],
};

function finding(kind: string, name: string, cause: string, severity: Finding["severity"] = "error"): Finding {
  const subject = { kind, name, namespace: "shop" };
  return {
    id: `${kind}-${name}`,
    analyzer: "some",
    severity,
    namespace: "shop",
    subject,
    cause,
    evidence: [],
    explains: [],
  };
}

const cart = finding("Service", "cart", "the selector asks for version v2, the pods have v1");
const bank = finding("Secret", "bank-db", "Secret bank-db is missing");

describe("the score of a diagnosis", () => {
  it("is full when every root is named with its cause and nothing else is", () => {
    expect(scoreDiagnosis(expected, [cart, bank], "")).toMatchObject({ named: true, accuracy: 1, wrong: [] });
  });

  it("is nothing without full recall", () => {
    expect(scoreDiagnosis(expected, [cart], "")).toMatchObject({
      named: false,
      accuracy: 0,
      missing: [expected.roots[1]],
    });
  });

  it("is the precision once all are there", () => {
    const victim = finding("Deployment", "web", "down");
    expect(scoreDiagnosis(expected, [cart, bank, victim], "").accuracy).toBeCloseTo(2 / 3);
  });

  it("does not take info for a cause, nor a cause that lacks the wrong value", () => {
    const quiet = finding("Deployment", "web", "parked", "info");
    expect(scoreDiagnosis(expected, [cart, bank, quiet], "").accuracy).toBe(1);
    const vague = finding("Service", "cart", "no endpoints");
    expect(scoreDiagnosis(expected, [vague, bank], "")).toMatchObject({ named: false, causesMissed: ["selector.*v2"] });
  });

  it("asks silence where nothing is wrong", () => {
    const nothing = { ...expected, roots: [], causes: [] };
    expect(scoreDiagnosis(nothing, [], "")).toMatchObject({ named: true, accuracy: 1 });
    expect(scoreDiagnosis(nothing, [cart], "")).toMatchObject({ named: false, accuracy: 0 });
  });

  it("misses a chain that the answer does not show", () => {
    const chained = { ...expected, chain: ["explains Deployment/web"] };
    expect(scoreDiagnosis(chained, [cart, bank], "explains Deployment/api").chainMissed).toEqual(chained.chain);
  });
});

describe("the other scores", () => {
  it("evidence that a healthy twin shows as well counts for nothing", () => {
    expect(scoreEvidence(expected, "version: v2, listening", "listening")).toEqual({ found: 1, total: 1, missed: [] });
    expect(scoreEvidence(expected, "listening", undefined)).toMatchObject({
      found: 1,
      total: 2,
      missed: ["version: v2"],
    });
  });

  it("a false alarm is a finding above info about a neighbour", () => {
    const pod = finding("Pod", "ledger-5d7f", "restarts");
    expect(falseAlarms([pod, cart], new Set(["ledger"]))).toEqual(["error Pod/ledger-5d7f: restarts"]);
    expect(falseAlarms([pod, cart], "all")).toHaveLength(2);
    expect(falseAlarms([finding("Pod", "ledger-5d7f", "old", "info")], "all")).toEqual([]);
  });

  it("a canary in a reply is a leak", () => {
    expect(leaks(expected, "password=hunter2")).toEqual(["hunter2"]);
    expect(leaks(expected, "password=<redacted>")).toEqual([]);
  });

  it.each([
    ["Job/export-*", "Job/export-29x", true],
    ["Job/export-*", "Job/import-29x", false],
    ["Pod/a | Pod/b", "Pod/b", true],
    ["Pod/a", "Pod/ab", false],
  ])("%s stands for %s: %s", (root, entity, same) => {
    expect(isRoot(root, entity)).toBe(same);
  });
});
