import fc from "fast-check";
import { expect, test } from "vitest";
import { bound } from "./bound.ts";

test("keeps a text within its bounds whole", () => {
  expect(bound("a\nb", { maxBytes: 3, maxLines: 2 })).toEqual({ text: "a\nb", truncated: false, bytes: 3, lines: 2 });
  expect(bound("", { maxBytes: 0, maxLines: 0 })).toEqual({ text: "", truncated: false, bytes: 0, lines: 0 });
});

test("cuts at lines and between code points, and tells the totals", () => {
  expect(bound("a\nb\nc", { maxBytes: 99, maxLines: 2 })).toEqual({
    text: "a\nb",
    truncated: true,
    bytes: 5,
    lines: 3,
  });
  expect(bound("a😀b", { maxBytes: 4, maxLines: 9 })).toEqual({ text: "a", truncated: true, bytes: 6, lines: 1 });
});

test("never exceeds a bound and always gives a beginning", () => {
  const limits = fc.record({ maxBytes: fc.nat(40), maxLines: fc.nat(5) });
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("a", "é", "😀", "\n") }), limits, (text, limit) => {
      const cut = bound(text, limit);
      expect(Buffer.byteLength(cut.text)).toBeLessThanOrEqual(limit.maxBytes);
      expect(cut.text === "" ? 0 : cut.text.split("\n").length).toBeLessThanOrEqual(limit.maxLines);
      expect(text.startsWith(cut.text)).toBe(true);
      expect(cut.text.isWellFormed()).toBe(true);
      expect(cut.truncated).toBe(cut.text !== text);
    }),
  );
});
