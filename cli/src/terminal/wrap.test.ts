import { describe, expect, it } from "vitest";
import { wrap } from "./wrap.ts";

describe("wrapped prose", () => {
  it.each([
    ["short stays", "a b", 10, "a b"],
    ["breaks at blanks", "aaa bbb ccc", 7, "aaa bbb\n  ccc"],
    ["keeps how it begins", "    1. aaa bbb", 11, "    1. aaa\n  bbb"],
    ["leaves a word that is longer than the line whole", "a xxxxxxxxxxxx b", 5, "a\n  xxxxxxxxxxxx\n  b"],
    ["never wraps off a terminal", "a".repeat(500), Number.POSITIVE_INFINITY, "a".repeat(500)],
  ])("%s", (_, text, width, expected) => {
    expect(wrap(text, width, "  ")).toBe(expected);
  });
});
