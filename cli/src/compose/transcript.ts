import {
  INVESTIGATION,
  type JournalEntry,
  objectSchema,
  type SreInvestigation,
  TRANSCRIPT,
  type TranscriptEntry,
} from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { type Chunk, projectWhole, readJournal, verifyChain } from "@sre-agent/operator";

/** A run as it is stored: what the cluster holds, and what a transcript file holds. */
export interface StoredTranscript {
  readonly investigation: SreInvestigation;
  readonly chunks: readonly Chunk[];
}

/** A run whose chain was verified. */
export interface ReadTranscript extends StoredTranscript {
  readonly journal: readonly JournalEntry[];
  readonly steps: readonly TranscriptEntry[];
}

export const BROKEN_EXIT_CODE = 4;

/** The journal behind an unbroken chain. @throws UserError with exit code 4 that says which chunk is wrong. */
export function readTranscript(stored: StoredTranscript, scrub: (text: string) => string): ReadTranscript {
  const fault = verifyChain(stored.chunks) ?? missingChunk(stored);
  if (fault !== undefined) {
    throw new UserError(`The transcript of ${stored.investigation.metadata.name} is broken: ${fault}.`, {
      exitCode: BROKEN_EXIT_CODE,
      nextStep: "Somebody changed or deleted a part of it; the API server's audit log tells who.",
    });
  }
  const journal = readJournal(stored.chunks);
  return { ...stored, journal, steps: projectWhole(journal, scrub) };
}

/** A chain that was cut at its end is whole in itself: the investigation's status names the chunks. */
function missingChunk({ investigation, chunks }: StoredTranscript): string | undefined {
  const hashes = new Set(chunks.map(({ hash }) => hash));
  const missing = investigation.status?.transcriptRefs?.find(({ hash }) => !hashes.has(hash));
  if (missing === undefined) return undefined;
  const { name, firstSeq, lastSeq } = missing;
  return `chunk ${name} with the entries ${firstSeq} to ${lastSeq}, which the investigation's status names, is missing`;
}

/** The run as a file, for `transcript --file` and for programs. */
export function transcriptJson({ investigation, chunks, journal }: Omit<ReadTranscript, "steps">): string {
  return JSON.stringify({ investigation, chunks, journal }, null, 2);
}

const investigationObject = objectSchema(INVESTIGATION);

/** The run in a file's text; the chain is not verified yet. @throws UserError */
export function parseTranscript(text: string, path: string): StoredTranscript {
  const { investigation, chunks } = parsedJson(text) as { readonly investigation?: unknown; readonly chunks?: unknown };
  const parsed = investigationObject.safeParse(investigation);
  const list = Array.isArray(chunks) ? chunks.map((chunk) => CHUNK.safeParse(chunk)) : [];
  const wrong = list.findIndex(({ success }) => !success);
  if (!parsed.success || !Array.isArray(chunks)) throw noTranscript(path, "it has no investigation with chunks");
  if (wrong !== -1) throw noTranscript(path, `chunk ${wrong} is none`);
  const given = list.flatMap(({ data }) => (data === undefined ? [] : [data])) as readonly Chunk[];
  return { investigation: investigation as SreInvestigation, chunks: given };
}

const CHUNK = TRANSCRIPT.spec.omit({ investigationRef: true });

function parsedJson(text: string): object {
  try {
    return Object(JSON.parse(text));
  } catch {
    return {};
  }
}

function noTranscript(path: string, fault: string): UserError {
  return new UserError(`${path} is no transcript file: ${fault}.`, {
    nextStep: "Make one with: sre-agent transcript NAME -o json, or sre-agent investigate --transcript FILE",
  });
}
