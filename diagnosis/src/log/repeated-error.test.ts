import { describe, expect, test } from "vitest";
import { repeatedError } from "./repeated-error.ts";

const times = (count: number, lines: (number: number) => readonly string[]) =>
  Array.from({ length: count }, (_, number) => lines(number))
    .flat()
    .join("\n");

describe("an error that a program keeps logging", () => {
  test.each([
    ["a field", (n: number) => [`time=12:00:0${n} level=error msg="charge failed" id=${n}`]],
    ["JSON", (n: number) => [`{"level":"ERROR","msg":"pool exhausted","waiting":${n}}`]],
    ["capitals", (n: number) => [`2026-01-01 12:00:0${n} ERROR db: connection pool exhausted (${n} waiting)`]],
    ["brackets", (n: number) => [`[error] ${n}#0: upstream timed out (110: Connection timed out)`]],
    ["klog", (n: number) => [`E0101 12:00:0${n}.000001 1 sync.go:${n}] sync failed: quota`]],
    ["the first word", (n: number) => [`Error: connect ECONNREFUSED 10.0.0.1:${n}`]],
    ["an exception with its stack", (n: number) => [`shop.PaymentError: card ${n}`, "    at pay (a.js:1)"]],
    ["between lines that are well", (n: number) => [`level=error msg="charge failed" id=${n}`, `served ${n}`, "ok"]],
    ["an error after its last retry", (n: number) => [`ERROR request ${n} failed, giving up after 3 attempts`]],
  ])("%s", (_, lines) => {
    expect(repeatedError(times(5, lines))).toMatchObject({ count: 5 });
  });

  test("is the most frequent one, quoted as it stands last", () => {
    const rare = (n: number) => (n % 2 === 0 ? ["ERROR mail failed"] : []);
    expect(repeatedError(times(8, (n) => [`ERROR order ${n} failed`, ...rare(n)]))).toEqual({
      line: "ERROR order 7 failed",
      template: "ERROR order <n> failed",
      count: 8,
      of: 12,
    });
  });
});

describe("silent", () => {
  test.each([
    ["an empty log", ""],
    ["nothing wrong", times(9, (n) => [`served ${n}`])],
    ["counts of none", times(9, () => ["sent 12 mails, error 0, failed=0, retries exhausted: none"])],
    ["no errors", times(9, (n) => [`ERROR-RATE compacted ${n} segments, 0 errors`])],
    [
      "a lower level",
      times(9, () => ["INFO errors=0 failed=0 panics=0", 'level=info msg="last run failed, this one not"']),
    ],
    ["a warning about a retry", times(9, () => ["WARN retry 1/3 for http://partner: timeout, error=none"])],
    ["an error that is retried", times(9, () => ["ERROR request failed, attempt 1/3, retrying"])],
    ["a page of that name", times(9, () => ["ERROR handler test page rendered in 2ms"])],
    ["the name in plain speech", times(9, () => ["the error page says that uploads failed"])],
    ["once or twice", times(2, (n) => [`ERROR charge ${n} failed`])],
    [
      "errors of the start that are over",
      `${times(5, (n) => [`ERROR fetch ${n} failed`])}\n${times(2, () => ["fetched"])}`,
    ],
    [
      "errors that ended longer ago than they ever paused",
      `${times(5, (n) => [`ERROR fetch ${n} failed`, "tick", "tick"])}\n${times(9, () => ["fetched"])}`,
    ],
  ])("%s", (_, text) => {
    expect(repeatedError(text)).toBeUndefined();
  });
});
