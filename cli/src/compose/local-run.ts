import { randomUUID } from "node:crypto";
import { type InvestigationOptions, runInvestigation } from "@sre-agent/agent";
import { API_VERSION, INVESTIGATION, type JournalEntry, type Report, type SreInvestigation } from "@sre-agent/crds";
import { type Chunk, chunkOf, createScrub, readJournal, scrubEntry } from "@sre-agent/operator";
import { newPseudonym } from "./mcp-server-options.ts";
import type { StoredTranscript } from "./transcript.ts";

/** A run in this process; all of it redacted, as it would be stored. */
export interface LocalRun {
  readonly report: Report;
  readonly journal: readonly JournalEntry[];
  /** Chained, as the operator would store it. */
  readonly stored: StoredTranscript;
}

/** A whole run with its transcript. Rejects when the signal aborts. */
export async function runLocally(options: InvestigationOptions): Promise<LocalRun> {
  const entries: JournalEntry[] = [];
  const given = await runInvestigation({
    ...options,
    async onEntry(entry, spent) {
      entries.push(entry);
      await options.onEntry?.(entry, spent);
    },
  });
  const chunks = chunksOf(entries);
  const journal = readJournal(chunks);
  const report = journal.findLast((entry) => entry.kind === "ended")?.report ?? given;
  return { report, journal, stored: { investigation: investigationOf(options, report), chunks } };
}

function chunksOf(journal: readonly JournalEntry[]): readonly Chunk[] {
  const scrub = createScrub(newPseudonym());
  const mark = journal.flatMap((entry) => (entry.kind === "begun" ? [entry.mark] : []))[0];
  const chunks: Chunk[] = [];
  let rest: readonly JournalEntry[] = journal.map((entry) => scrubEntry(entry, mark, scrub));
  while (rest.length > 0) {
    const made = chunkOf(chunks.at(-1), rest);
    chunks.push(made.chunk);
    rest = made.rest;
  }
  return chunks;
}

/** What an SreInvestigation of this run would be, had one been created. */
function investigationOf({ request }: InvestigationOptions, report: Report): SreInvestigation {
  const { target, symptom } = request.context;
  const { decision, confidence, rootCause, rationale, claims, gaps, usage } = report;
  const { namespace, ...named } = target;
  return {
    apiVersion: API_VERSION,
    kind: INVESTIGATION.kind,
    metadata: {
      name: request.correlationId,
      namespace,
      uid: randomUUID(),
      resourceVersion: "0",
      creationTimestamp: new Date().toISOString(),
    },
    spec: INVESTIGATION.spec.parse({ target: named, symptom, mode: request.mode }),
    status: {
      ...{ decision, confidence, rationale, claims, gaps, usage },
      ...(rootCause === undefined ? {} : { rootCause }),
    },
  };
}
