import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { nodeFault, OLDEST_NODE } from "./node-version.ts";

it.each([
  ["20.20.2", false],
  ["22.18.0", false],
  ["22.19.0", true],
  ["23.0.0", true],
  ["24.21.0", true],
])("Node.js %s will do: %s", (version, good) => {
  expect(nodeFault(version) === undefined).toBe(good);
});

it("says which one is needed, which one this is, and where to find one", () => {
  expect(nodeFault("20.20.2")).toMatch(
    /needs Node\.js 22\.19 or newer; this is 20\.20\.2[\s\S]*node_modules\/\.bin\/node/,
  );
});

it("is what package.json promises", () => {
  const { engines } = JSON.parse(readFileSync(join(import.meta.dirname, "../../package.json"), "utf8"));
  expect(engines.node).toBe(`>=${OLDEST_NODE}`);
});
