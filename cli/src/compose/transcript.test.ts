import type { JournalEntry, SreInvestigation } from "@sre-agent/crds";
import { type Chunk, chunkOf } from "@sre-agent/operator";
import { describe, expect, it } from "vitest";
import { parseTranscript, readTranscript, transcriptJson } from "./transcript.ts";

const at = "2026-01-01T00:00:00Z";
const note = (seq: number): JournalEntry => ({ seq, at, kind: "note", code: "N", message: `step ${seq}` });
const first = chunkOf(undefined, [note(0)]).chunk;
const second = chunkOf(first, [note(1)]).chunk;
const third = chunkOf(second, [note(2)]).chunk;

const refOf = ({ index, hash, firstSeq, lastSeq }: Chunk) => ({ name: `run-${index}`, hash, firstSeq, lastSeq });
const investigation = {
  apiVersion: "sre-agent.dev/v1alpha1",
  kind: "SreInvestigation",
  metadata: { name: "run", namespace: "shop", uid: "u", resourceVersion: "1", creationTimestamp: at },
  spec: { target: { apiVersion: "apps/v1", kind: "Deployment", name: "web" }, symptom: "it is down", mode: "observe" },
  status: { transcriptRefs: [first, second, third].map(refOf) },
} as const satisfies SreInvestigation as SreInvestigation;

const scrub = (text: string) => text;
const read = (...chunks: readonly Chunk[]) => readTranscript({ investigation, chunks }, scrub);

describe("a stored run", () => {
  it("is read in the order of its chain, and back from its file", () => {
    const whole = read(third, first, second);
    expect(whole.journal.map(({ seq }) => seq)).toEqual([0, 1, 2]);
    const again = readTranscript(parseTranscript(transcriptJson(whole), "run.json"), scrub);
    expect(again.journal).toEqual(whole.journal);
  });

  it.each([
    ["a chunk in the middle is gone", [first, third], /chunk 1 is missing/],
    [
      "a chunk was changed",
      [first, { ...second, entries: second.entries.replace("step", "stop") }, third],
      /chunk 1 was changed/,
    ],
    [
      "the end was cut off, which the chain alone does not show",
      [first, second],
      /chunk run-2 with the entries 2 to 2.*is missing/,
    ],
    ["nothing is left", [], /chunk run-0/],
  ])("is broken when %s", (_, chunks, fault) => {
    expect(() => read(...chunks)).toThrow(
      expect.objectContaining({ exitCode: 4, message: expect.stringMatching(fault) }),
    );
  });

  it.each([
    ["no JSON", "{", /no investigation with chunks/],
    ["another object", '{"investigation":{"kind":"Pod"},"chunks":[]}', /no investigation with chunks/],
    ["a chunk that is none", JSON.stringify({ investigation, chunks: [first, { index: 1 }] }), /chunk 1 is none/],
  ])("is not read from %s", (_, text, fault) => {
    expect(() => parseTranscript(text, "x.json")).toThrow(fault);
  });
});
