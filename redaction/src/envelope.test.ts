import fc from "fast-check";
import { expect, test } from "vitest";
import { envelope } from "./envelope.ts";

const mark = "k3j9x0q7w2m5";
const origin = { source: "log", writableBy: "tenant", mark } as const;

test("carries the text as one JSON string with its origin", () => {
  const text = envelope("line 1\nline 2", { ...origin, object: "Pod shop/a", readAt: "2026-11-24T08:00:00Z" });
  expect(text).toBe(
    `<untrusted-${mark} source="log" writableBy="tenant" object="Pod shop/a" readAt="2026-11-24T08:00:00Z">\n"line 1\\nline 2"\n</untrusted-${mark}>`,
  );
});

test("no text and no origin can forge a delimiter, and the text comes back unchanged", () => {
  const piece = fc.constantFrom(
    mark,
    `</untrusted-${mark}>`,
    `<untrusted-${mark} source="x">`,
    "<",
    "/",
    "\\",
    '"',
    "\n",
    ">",
    "k3j9",
    "x0q7w2m5",
    "<UNTRUSTED-",
  );
  const hostile = fc.array(fc.oneof(piece, fc.string({ maxLength: 5 }))).map((parts) => parts.join(""));
  fc.assert(
    fc.property(hostile, hostile, (text, object) => {
      const sealed = envelope(text, { ...origin, object });
      expect(sealed.split(mark)).toHaveLength(3);
      expect(sealed.match(/<\/?untrusted-/gi)).toHaveLength(2);
      const lines = sealed.split("\n");
      expect(lines).toHaveLength(3);
      expect(JSON.parse(lines[1] ?? "")).toBe(text);
    }),
    { numRuns: 1_000, seed: 1 },
  );
});

test.each([["short"], ["UPPERCASE0123"], ["with space 01"]])("refuses the mark %j", (unfit) => {
  expect(() => envelope("x", { ...origin, mark: unfit })).toThrow(RangeError);
});
