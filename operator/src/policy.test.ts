import { DEFAULT_BUDGET } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { limitsOf, smallestBudget } from "./policy.ts";

describe("what SrePolicy says to the operator", () => {
  it("has the defaults of the kind", () => {
    const limits = limitsOf({ spec: { mode: "approve" } as never });
    expect(limits).toMatchObject({
      mode: "approve",
      maxConcurrent: 5,
      maxPerHour: 60,
      keepInvestigationsMs: 604_800_000,
    });
  });

  it("is not half obeyed when it breaks its schema", () => {
    expect(() => limitsOf({ spec: { mode: "approve", investigations: { maxConcurrent: 0 } } as never })).toThrow();
  });

  it("takes the smallest budget of all, and the default where nobody said", () => {
    expect(smallestBudget({ steps: 50, seconds: 20 }, { steps: 10, costMicroUsd: 7 })).toEqual({
      ...DEFAULT_BUDGET,
      steps: 10,
      seconds: 20,
      costMicroUsd: 7,
    });
  });
});
