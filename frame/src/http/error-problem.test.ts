import { expect, test } from "vitest";
import { jsonFaultPosition } from "./error-problem.ts";

test.each([
  ["", 0],
  ["x", 0],
  ['{"a": b}', 6],
  ['{"a":1,}', 7],
  ["[1 2]", 3],
  ['{"a":"b', 7],
  ['{"a":1} x', 8],
  ["[tru]", 4],
  ['["\\x"]', 3],
  ["[01]", 2],
])("the first fault of %j is at %d", (text, position) => {
  expect(jsonFaultPosition(text)).toBe(position);
});

test("a very large text is not searched", () => {
  expect(jsonFaultPosition(`${" ".repeat(70_000)}x`)).toBeUndefined();
});
