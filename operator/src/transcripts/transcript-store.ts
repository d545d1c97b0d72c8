import {
  API_VERSION,
  type JournalEntry,
  LABELS,
  type SreInvestigation,
  type SreTranscript,
  shortHash,
  TRANSCRIPT,
} from "@sre-agent/crds";
import { isKubeError, type KubeObject, type Reader, type RecordWriter } from "@sre-agent/kube";
import { type Chunk, chunkOf, inOrder } from "./chunk.ts";

/** One chunk with the name of its object. */
export interface StoredChunk extends Chunk {
  readonly name: string;
}

/** A run holds at most 1,000 entries, and each chunk at least one. */
const MAX_CHUNKS = 1_000;
const KIND = { apiVersion: API_VERSION, kind: TRANSCRIPT.kind };

type Stored = SreTranscript & KubeObject;

export interface TranscriptAccess {
  readonly reader: Pick<Reader, "get" | "listAll">;
  readonly recordWriter: Pick<RecordWriter, "create">;
}

/** The chunks of a run by index, read consistently: what is stored is what the run knows. */
export async function readChunks(
  { reader }: TranscriptAccess,
  { metadata: { namespace, uid } }: SreInvestigation,
  signal: AbortSignal,
): Promise<readonly StoredChunk[]> {
  const { items } = await reader.listAll<Stored>(KIND, {
    ...(namespace === undefined ? {} : { namespace }),
    labelSelector: `${LABELS.investigation}=${uid}`,
    maxItems: MAX_CHUNKS,
    signal,
  });
  return inOrder(items.filter(({ spec }) => spec.investigationRef.uid === uid).map(toChunk));
}

function toChunk({ metadata, spec }: SreTranscript): StoredChunk {
  const { investigationRef: _run, ...chunk } = spec;
  return { ...chunk, name: metadata.name };
}

/** Stores `entries` after `chunks` and gives all chunks. Repeating it with the same entries stores nothing twice. */
export async function appendEntries(
  access: TranscriptAccess,
  run: SreInvestigation,
  { chunks, entries }: { readonly chunks: readonly StoredChunk[]; readonly entries: readonly JournalEntry[] },
): Promise<readonly StoredChunk[]> {
  const all = [...chunks];
  let rest = entries;
  while (rest.length > 0) {
    const next = chunkOf(all.at(-1), rest);
    all.push(await createChunk(access, run, next.chunk));
    rest = next.rest;
  }
  return all;
}

/** Room for what stands behind it, within 253 characters. */
const MAX_RUN_NAME = 230;

/** By the run's uid as well: the chunks of a deleted run of that name may be there for a while yet. */
function nameOf({ metadata: { name, uid } }: SreInvestigation, index: number): string {
  return `${name.slice(0, MAX_RUN_NAME).replace(/[^a-z0-9]+$/, "")}-${shortHash(uid, 8)}-t${index}`;
}

async function createChunk(access: TranscriptAccess, run: SreInvestigation, chunk: Chunk): Promise<StoredChunk> {
  const { name: runName, namespace, uid } = run.metadata;
  const name = nameOf(run, chunk.index);
  const owner = { apiVersion: API_VERSION, kind: run.kind, name: runName, uid, controller: true };
  try {
    await access.recordWriter.create({
      ...KIND,
      metadata: {
        name,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { [LABELS.investigation]: uid },
        ownerReferences: [owner],
      },
      spec: { investigationRef: { name: runName, uid }, ...chunk },
    });
  } catch (error) {
    if (!isKubeError(error, "ALREADY_EXISTS")) throw error;
    const ref = { ...KIND, name, ...(namespace === undefined ? {} : { namespace }) };
    const { spec } = await access.reader.get<Stored>(ref);
    // Another content was stored first, and stands: the run goes on from it at the next pass.
    if (spec.hash !== chunk.hash || spec.investigationRef.uid !== uid) throw error;
  }
  return { ...chunk, name };
}
