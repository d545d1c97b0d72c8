import { describe, expect, it } from "vitest";
import { manifestsOf, placeOf } from "../src/place.ts";
import { loadScenarios } from "../src/scenario.ts";

const scenarios = loadScenarios();

it("no two scenarios have the same id", () => {
  const ids = scenarios.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe.each(scenarios.map((scenario) => [scenario.folder, scenario] as const))("%s", (_, scenario) => {
  const place = placeOf(scenario, "x1a2");
  const { setup, second, healthy, surroundings } = scenario.files;

  it("has objects in every file, and names what nobody in its surroundings has", () => {
    const own = [setup, ...(second === undefined ? [] : [second])].flatMap((text) => manifestsOf(text, place));
    const around = new Set(manifestsOf(surroundings, place).map(({ metadata }) => metadata.name));
    expect(own.length).toBeGreaterThan(0);
    expect(own.filter(({ kind, metadata }) => kind !== "Namespace" && around.has(metadata.name))).toEqual([]);
    if (healthy !== undefined) expect(manifestsOf(healthy, place).length).toBeGreaterThan(0);
  });

  it("gives nothing away: no comment, and no name that says fault", () => {
    const text = [setup, second, healthy, surroundings].join("\n");
    expect(text).not.toMatch(/^\s*#/m);
    expect(text).not.toMatch(/\b(broken|faulty|bad|wrong|typo|scenario|eval)\b/i);
  });

  it("expects silence exactly where nothing is wrong", () => {
    const silent = scenario.taxonomy.every((id) => id.startsWith("NEG"));
    expect(scenario.roots.length === 0).toBe(silent);
    if (!silent) expect([scenario.causes.length, scenario.fixes.length].every((count) => count > 0)).toBe(true);
  });
});
