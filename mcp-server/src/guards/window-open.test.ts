import { expect, test } from "vitest";
import { facts, ROLLBACK } from "./test/facts.ts";
import { isOpen, windowOpen } from "./window-open.ts";

const BERLIN = { days: ["Sun" as const], from: "02:30", to: "03:30", timeZone: "Europe/Berlin" };
const NIGHT = { days: ["Fri" as const], from: "00:00", to: "06:00", timeZone: "Asia/Seoul" };

test.each([
  // The last Sunday of March: the clock goes from 01:59 to 03:00.
  ["2026-03-29T00:59:00Z", BERLIN, false],
  ["2026-03-29T01:00:00Z", BERLIN, true],
  ["2026-03-29T01:29:59Z", BERLIN, true],
  ["2026-03-29T01:30:00Z", BERLIN, false],
  // The last Sunday of October: the hour from two to three comes twice.
  ["2026-10-25T00:30:00Z", BERLIN, true],
  ["2026-10-25T01:29:59Z", BERLIN, false],
  ["2026-10-25T01:30:00Z", BERLIN, true],
  ["2026-10-25T02:30:00Z", BERLIN, false],
  // Thursday evening in UTC is Friday in Seoul; midnight is 00, not 24.
  ["2026-01-01T14:59:59Z", NIGHT, false],
  ["2026-01-01T15:00:00Z", NIGHT, true],
  ["2026-01-01T21:00:00Z", NIGHT, false],
  ["2026-01-01T15:00:00Z", { ...NIGHT, timeZone: "Mars/Olympus" }, false],
])("at %s in %o: %s", (now, window, open) => {
  expect(isOpen(window, Date.parse(now))).toBe(open);
});

test("is open where the policy has no windows", () => {
  expect(windowOpen(ROLLBACK, facts())).toBeNull();
});
