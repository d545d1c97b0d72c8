import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { normalise } from "./normalise.ts";

const code = (...points: number[]) => String.fromCodePoint(...points);
const ESC = code(0x1b);

describe("normalise", () => {
  test.each([
    ["colours", `${ESC}[1;31mred${ESC}[0m`, "red"],
    ["links", `${ESC}]8;;http://x${ESC}\\here${ESC}]8;;${code(7)}`, "here"],
    ["controls", `a${code(0)}b${code(8)}c${code(0x9f)}d`, "abcd"],
    ["line ends", "a\r\nb\rc\td", "a\nb\nc\td"],
    ["bidirectional overrides", `a${code(0x202e)}b${code(0x2066)}c`, "abc"],
    ["zero-width characters", `pass${code(0x200b)}word${code(0xfeff)}`, "password"],
    ["tag characters", `x${code(0xe0069, 0xe0067)}y`, "xy"],
    ["variation selectors and fillers", `x${code(0xfe0f, 0x3164)}y`, "xy"],
    ["compatibility forms", `${code(0xff50, 0xff41)}ss`, "pass"],
    ["lone surrogates", `a${String.fromCharCode(0xd800)}b`, `a${code(0xfffd)}b`],
  ])("takes out %s", (_name, given, expected) => {
    expect(normalise(given)).toBe(expected);
  });

  test("keeps text of other languages", () => {
    expect(normalise("파드가 죽었다 — größer 日本")).toBe("파드가 죽었다 — größer 日本");
  });

  test("does not let an unfinished terminal sequence swallow the log", () => {
    expect(normalise(`${ESC}]0;title\nOOMKilled`)).toContain("OOMKilled");
  });

  test("changes nothing the second time", () => {
    const nasty = fc.constantFrom(
      ESC,
      "[",
      "]",
      "0m",
      code(0x200b),
      code(0x0301),
      "e",
      code(0x3164),
      "\r",
      "\n",
      code(0xfb01),
      code(7),
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(nasty, fc.string({ unit: "binary", maxLength: 4 }))), (parts) => {
        const once = normalise(parts.join(""));
        expect(normalise(once)).toBe(once);
      }),
      { numRuns: 1_000, seed: 1 },
    );
  });
});
