import { type JournalEntry, TRANSCRIPT, TRANSCRIPT_CHUNK_BYTES } from "@sre-agent/crds";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type Chunk, chunkOf, readJournal, verifyChain } from "./chunk.ts";

const at = "2026-01-01T00:00:00Z";
const note = (seq: number, message = `step ${seq}`): JournalEntry => ({ seq, at, kind: "note", code: "N", message });

/** All entries, each group stored as one call to the agent gave it. */
function chain(...groups: readonly (readonly JournalEntry[])[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (const group of groups) {
    let rest = group;
    while (rest.length > 0) {
      const made = chunkOf(chunks.at(-1), rest);
      chunks.push(made.chunk);
      rest = made.rest;
    }
  }
  return chunks;
}

describe("a chain of chunks", () => {
  it("reads back as the journal, in any order of the chunks", () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.string({ maxLength: 200, unit: "grapheme" }), { minLength: 1, maxLength: 4 })),
        (texts) => {
          let seq = 0;
          const groups = texts.map((group) => group.map((message) => note(seq++, message)));
          const chunks = chain(...groups);
          expect(readJournal(chunks.toReversed())).toEqual(groups.flat());
        },
      ),
    );
  });

  const chunks = chain([note(0), note(1)], [note(2)], [note(3)]);
  const [first, second, third] = chunks as [Chunk, Chunk, Chunk];

  it("is whole", () => {
    expect(verifyChain(chunks)).toBeUndefined();
    expect(verifyChain([])).toBeUndefined();
  });

  it.each([
    ["a chunk is missing", [first, third], /chunk 1 is missing/],
    ["the first is missing", [second, third], /chunk 0 is missing/],
    ["content was changed", [first, { ...second, entries: second.entries.replace("2", "9") }, third], /was changed/],
    ["a chunk of another chain took a place", [first, chain([note(7)], [note(8)])[1], third], /does not continue/],
    ["a chunk is there twice", [first, first, second], /is missing/],
  ])("is broken when %s", (_, broken, message) => {
    expect(verifyChain(broken as Chunk[])).toMatch(message);
    expect(() => readJournal(broken as Chunk[])).toThrow(/transcript is broken/);
  });

  it("holds what the schema of SreTranscript takes", () => {
    const investigationRef = { name: "inv", uid: "u" };
    for (const chunk of chunks) expect(TRANSCRIPT.spec.parse({ investigationRef, ...chunk })).toBeDefined();
  });
});

describe("what is too large for one chunk", () => {
  const results = (seq: number, count: number, text: string): JournalEntry => ({
    seq,
    at,
    kind: "results",
    results: Array.from({ length: count }, (_, index) => ({
      callId: `c${index}`,
      tool: "t",
      ok: true,
      text,
      evidence: [],
    })),
  });

  it("goes on in the next chunk", () => {
    const entries = [0, 1, 2].map((seq) => results(seq, 5, "한".repeat(20_000)));
    const made = chain(entries);
    expect(made.map(({ firstSeq, lastSeq }) => [firstSeq, lastSeq])).toEqual([
      [0, 0],
      [1, 1],
      [2, 2],
    ]);
    for (const chunk of made) expect(Buffer.byteLength(chunk.entries)).toBeLessThanOrEqual(TRANSCRIPT_CHUNK_BYTES);
    expect(readJournal(made)).toEqual(entries);
  });

  it("loses text, and says so, when one entry alone is too large", () => {
    const made = chain([results(0, 32, "x".repeat(60_000))]);
    expect(made).toHaveLength(1);
    const [entry] = readJournal(made);
    expect(entry).toMatchObject({ kind: "results", seq: 0 });
    expect(JSON.stringify(entry)).toContain("(cut: 60000 bytes)");
  });
});
