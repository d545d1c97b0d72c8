import { describe, expect, test } from "vitest";
import { digestLog, renderDigest } from "./digest-log.ts";
import { fatalLine } from "./fatal-line.ts";

describe("fatal line", () => {
  test.each([
    ["fatal: DATABASE_URL is not set", "info ok\nfatal: DATABASE_URL is not set\nshutting down"],
    ["panic: nil map", "error: retry\npanic: nil map\ngoroutine 1"],
    ["KeyError: 'PORT'", "Traceback (most recent call last):\n  File \"a.py\", line 1\nKeyError: 'PORT'"],
    ["java.lang.IllegalStateException: no bean", "INFO start\njava.lang.IllegalStateException: no bean\n\tat a.B"],
    ["dial tcp: connection refused", "ok\ndial tcp: connection refused"],
  ])("%s", (line, text) => {
    expect(fatalLine(text)?.text).toBe(line);
  });

  test.each([
    "error 0",
    "0 errors, 0 failures",
    "no errors found",
    '{"error":null}',
    "errors=0 failed=0",
    "completed without errors",
  ])("%s is no alarm", (text) => {
    expect(fatalLine(text)).toBeUndefined();
  });

  test("an error beside a zero count still alarms", () => {
    expect(fatalLine("0 errors before\nerror: disk full")?.position).toBe(1);
  });
});

const line = (number: number) =>
  `2026-03-01T11:00:${String(number % 60).padStart(2, "0")}Z GET /items/${number} from 10.0.0.${number % 255} took ${number}ms id=${(number * 7919).toString(16).padStart(8, "0")}a`;

describe("digest", () => {
  test("clusters lines that differ in numbers, ids, addresses and times", () => {
    const digest = digestLog(Array.from({ length: 50 }, (_, number) => line(number)).join("\n"));
    expect(digest.templates).toEqual([
      {
        template: "<time> GET /items/<n> from <ip> took <n>ms id=<id>",
        count: 50,
        first: "2026-03-01T11:00:00Z",
        last: "2026-03-01T11:00:49Z",
        alarming: false,
      },
    ]);
  });

  test("puts one alarming line before a flood and shows its neighbours", () => {
    const lines = Array.from({ length: 1000 }, (_, number) => line(number));
    lines[700] = "fatal: lost quorum";
    const digest = digestLog(lines.join("\n"), { contextLines: 1 });
    expect(digest.templates[0]).toMatchObject({ template: "fatal: lost quorum", count: 1 });
    expect(digest.fatal).toEqual({
      line: "fatal: lost quorum",
      lineNumber: 701,
      context: [line(699), "fatal: lost quorum", line(701)],
    });
  });

  test("is bounded and says what it left out", () => {
    const letters = "abcdefghijklmnopqrstuvwxyz";
    const digest = digestLog([...letters].map((letter) => `${letter}x message`).join("\n"), { maxTemplates: 5 });
    expect([digest.templates.length, digest.omittedTemplates, digest.omittedLines]).toEqual([5, 21, 21]);
    const text = renderDigest(digest, { maxLines: 4 });
    expect(text.split("\n")).toHaveLength(4);
    expect(text).toMatch(/left out: 3 lines of this digest, 21 templates \(21 log lines\)$/);
  });

  test("a time is printed once for a line that comes once, and as a span for a template", () => {
    const [first, last, alone] = ["2026-01-01T10:00:00Z", "2026-01-01T10:00:05Z", "2026-01-01T10:00:09Z"];
    const digest = digestLog(`${first} served 1\n${last} served 2\n${alone} stopped`);
    expect(renderDigest(digest, { maxLines: 10 }).split("\n").slice(1)).toEqual([
      `2x [${first} .. ${last}] <time> served <n>`,
      `1x ${alone} stopped`,
    ]);
  });

  test("an empty log is an empty digest", () => {
    expect(digestLog("")).toEqual({ lines: 0, templates: [], omittedTemplates: 0, omittedLines: 0, fatal: undefined });
  });
});
