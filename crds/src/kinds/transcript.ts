import { z } from "zod";
import { digest, objectName, uid } from "../schema/bounds.ts";
import { AGE, IMMUTABLE, type KindDefinition, validations } from "../schema/kind.ts";
import type { Resource } from "./resource.ts";

/** Bytes of journal in one chunk; etcd takes 1.5 MiB an object. */
export const TRANSCRIPT_CHUNK_BYTES = 512 * 1024;

const transcriptSpec = z
  .strictObject({
    investigationRef: z.strictObject({ name: objectName, uid }),
    index: z.number().int().min(0).describe("Place in the chain, from 0."),
    previousHash: digest.optional().describe("Hash of the chunk before; absent in the first."),
    hash: digest.describe("Over previousHash, index and entries."),
    firstSeq: z.number().int().min(0),
    lastSeq: z.number().int().min(0),
    entries: z.string().max(TRANSCRIPT_CHUNK_BYTES).describe("Journal entries, one JSON object a line, redacted."),
  })
  .meta(validations(IMMUTABLE));

export const TRANSCRIPT = {
  kind: "SreTranscript",
  plural: "sretranscripts",
  singular: "sretranscript",
  shortNames: ["sretr"],
  // A run leaves several, and nobody reads them one by one: `sre-agent transcript` does.
  inCategory: false,
  scope: "Namespaced",
  description:
    "One chunk of an investigation's journal, immutable and chained by hash. Read it with: sre-agent transcript NAME.",
  spec: transcriptSpec,
  columns: [
    { name: "Investigation", type: "string", jsonPath: ".spec.investigationRef.name" },
    { name: "Index", type: "integer", jsonPath: ".spec.index" },
    { name: "First", type: "integer", jsonPath: ".spec.firstSeq" },
    { name: "Last", type: "integer", jsonPath: ".spec.lastSeq" },
    AGE,
  ],
} as const satisfies KindDefinition;

export type TranscriptSpec = z.infer<typeof transcriptSpec>;
export type SreTranscript = Resource<TranscriptSpec>;
