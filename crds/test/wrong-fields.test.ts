import { describe, expect, it } from "vitest";
import { KINDS } from "../src/kinds/registry.ts";
import { IMMUTABLE, objectSchema } from "../src/schema/kind.ts";
import { WHOLE_SPECS } from "./whole-objects.ts";
import { rulesOf, wrongFieldsOf } from "./wrong-fields.ts";
import { WRONG_OBJECTS } from "./wrong-objects.ts";

// What the API server says of each is in manifests.cluster.test.ts.
describe.each(KINDS)("$kind", (kind) => {
  const name = kind.kind === "SrePolicy" ? "default" : "whole";
  const parse = (spec: unknown) =>
    objectSchema(kind).safeParse({ apiVersion: "sre-agent.dev/v1alpha1", kind: kind.kind, metadata: { name }, spec });

  it("has a spec that is right and has every field", () => {
    expect(parse(WHOLE_SPECS[kind.kind]).error).toBeUndefined();
  });

  it("refuses a wrong value of every field, for every thing that is asked of it", () => {
    const wrong = wrongFieldsOf(kind);
    expect(wrong.length).toBeGreaterThan(10);
    // The number of labels is counted by the API server alone.
    const taken = wrong.filter(({ title, spec }) => !/Properties$/.test(title) && parse(spec).success);
    expect(taken.map(({ title }) => title)).toEqual([]);
  });

  it("has a wrong object for each rule over several fields", () => {
    const told = (rule: string) =>
      rule === IMMUTABLE.message || WRONG_OBJECTS.some(({ message }) => message.test(rule));
    expect(rulesOf(kind).filter((rule) => !told(rule))).toEqual([]);
  });
});
