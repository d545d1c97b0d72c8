import { INVESTIGATION, type JournalEntry } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { projectTranscript } from "./projection.ts";

const at = "2026-01-01T00:00:00Z";
const keep = (text: string) => text;

describe("the projection for status.transcript", () => {
  it("keeps the last 20 lines within the bounds of the kind and says what was cut", () => {
    const journal = Array.from({ length: 40 }, (_, seq): JournalEntry => {
      return { seq, at, kind: "note", code: "LONG", message: "말".repeat(4_000) };
    });
    const lines = projectTranscript(journal, keep);
    expect(lines.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, index) => index + 20));
    expect(lines[0]).toMatchObject({ truncated: true, bytes: 12_000 });
    for (const { text = "" } of lines) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(2_048);
    expect(Buffer.byteLength(JSON.stringify(lines))).toBeLessThanOrEqual(64 * 1024);
    expect(INVESTIGATION.status.parse({ transcript: lines })).toEqual({ transcript: lines });
  });

  it("is one line a call and one a result, with the refusal's code", () => {
    const calls = [{ id: "c", tool: "pod_logs", arguments: { pod: "web-1", previous: true } }];
    const usage = { inputTokens: 1, outputTokens: 1 };
    const result = { callId: "c", tool: "pod_logs", ok: false, code: "READ_FORBIDDEN", text: "no", evidence: [] };
    const lines = projectTranscript(
      [
        { seq: 1, at, kind: "turn", calls, usage },
        { seq: 2, at, kind: "results", results: [result] },
      ],
      keep,
    );
    expect(lines.map(({ kind, title, ok }) => [kind, title, ok])).toEqual([
      ["call", "pod_logs pod web-1 previous true", undefined],
      ["result", "pod_logs pod web-1 previous true → READ_FORBIDDEN", false],
    ]);
  });

  it("scrubs titles and texts before they are cut", () => {
    const scrub = (text: string) => text.replaceAll("s3cret", "<hidden>");
    const message = `${"x".repeat(2_045)}s3cret`;
    const [line] = projectTranscript([{ seq: 0, at, kind: "note", code: "s3cret", message }], scrub);
    expect(line?.title).toBe("<hidden>");
    expect(line?.text).not.toContain("s3c");
  });
});
