import {
  digestOf,
  type JournalEntry,
  journalEntrySchema,
  TRANSCRIPT_CHUNK_BYTES,
  type TranscriptSpec,
} from "@sre-agent/crds";
import { OperatorError } from "../error.ts";
import { fitEntry } from "./fit-entry.ts";

/** A chunk without the run it belongs to: what the chain is made of. */
export type Chunk = Omit<TranscriptSpec, "investigationRef">;

const MAX_LINE_BYTES = TRANSCRIPT_CHUNK_BYTES - 1;

function hashOf({ index, previousHash, entries }: Pick<Chunk, "index" | "previousHash" | "entries">): string {
  return digestOf({ previousHash, index, entries });
}

/**
 * The next chunk after `previous`, with as many of `entries` as fit, and what did not fit. An entry that is larger than
 * a chunk loses structured results, then text, and says so. Throws RangeError when there are no entries.
 */
export function chunkOf(
  previous: Chunk | undefined,
  entries: readonly JournalEntry[],
): { readonly chunk: Chunk; readonly rest: readonly JournalEntry[] } {
  const [first] = entries;
  if (first === undefined) throw new RangeError("a chunk has at least one entry");
  const lines: string[] = [];
  let bytes = 0;
  for (const entry of entries) {
    const line = `${JSON.stringify(fitEntry(entry, MAX_LINE_BYTES))}\n`;
    bytes += Buffer.byteLength(line);
    if (bytes > TRANSCRIPT_CHUNK_BYTES) break;
    lines.push(line);
  }
  const last = entries[lines.length - 1] ?? first;
  const content = {
    index: previous === undefined ? 0 : previous.index + 1,
    ...(previous === undefined ? {} : { previousHash: previous.hash }),
    firstSeq: first.seq,
    lastSeq: last.seq,
    entries: lines.join(""),
  };
  return { chunk: { ...content, hash: hashOf(content) }, rest: entries.slice(lines.length) };
}

/** What is wrong with a chain, in the words for a person; undefined when it is whole. `chunks` in any order. */
export function verifyChain(chunks: readonly Chunk[]): string | undefined {
  let previous: Chunk | undefined;
  for (const chunk of inOrder(chunks)) {
    const fault = faultOf(chunk, previous);
    if (fault !== undefined) return fault;
    previous = chunk;
  }
  return undefined;
}

function faultOf(chunk: Chunk, previous: Chunk | undefined): string | undefined {
  const expected = previous === undefined ? 0 : previous.index + 1;
  if (chunk.index !== expected) return `chunk ${expected} is missing`;
  if (chunk.hash !== hashOf(chunk)) return `chunk ${chunk.index} was changed: its hash does not match its content`;
  if (chunk.previousHash !== previous?.hash) return `chunk ${chunk.index} does not continue chunk ${expected - 1}`;
  if (previous !== undefined && chunk.firstSeq <= previous.lastSeq) {
    return `chunk ${chunk.index} starts at entry ${chunk.firstSeq}, which is already in the chunk before`;
  }
  return undefined;
}

/** The chunks by index. */
export function inOrder<C extends Pick<Chunk, "index">>(chunks: readonly C[]): readonly C[] {
  return chunks.toSorted((left, right) => left.index - right.index);
}

/**
 * The journal in `chunks`, in order.
 * @throws OperatorError TRANSCRIPT_BROKEN when the chain has a gap, was changed, or holds what is no journal entry.
 */
export function readJournal(chunks: readonly Chunk[]): readonly JournalEntry[] {
  const fault = verifyChain(chunks);
  if (fault !== undefined) throw broken(`The transcript is broken: ${fault}.`);
  return inOrder(chunks).flatMap(({ index, entries }) =>
    entries
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => parseLine(line, index)),
  );
}

function parseLine(line: string, index: number): JournalEntry {
  try {
    return journalEntrySchema.parse(JSON.parse(line));
  } catch (cause) {
    throw broken(`The transcript is broken: chunk ${index} holds what is no journal entry.`, cause);
  }
}

function broken(message: string, cause?: unknown): OperatorError {
  return new OperatorError(message, { code: "TRANSCRIPT_BROKEN", cause });
}
