import {
  type DecideRequest,
  type DecideStep,
  findCondition,
  INVESTIGATION,
  JOURNAL_LIMITS,
  type JournalEntry,
  lowestMode,
  type Report,
  type RequestableMode,
} from "@sre-agent/crds";
import { OperatorError } from "../error.ts";
import { currentLimits, KILLED, smallestBudget } from "../policy.ts";
import { readJournal } from "../transcripts/chunk.ts";
import { projectTranscript } from "../transcripts/projection.ts";
import { scrubEntry } from "../transcripts/scrub-entry.ts";
import { appendEntries, readChunks, type StoredChunk } from "../transcripts/transcript-store.ts";
import { recordDecision } from "./decision.ts";
import { unstalled, writeStatus } from "./status.ts";
import { type InvestigationDependencies, later, type Run, type Step, type StepResult } from "./step.ts";

/** References to chunks that fit into the status; all chunks carry the run's uid as a label. */
const MAX_REFS = 64;
/** One pass ends after the step that is under way then, well before its time limit cuts a call off. */
const PASS_MS = 8 * 60_000;
/** Whether the kill switch is still on. */
const LOOK_AGAIN_MS = 10_000;

interface Progress {
  readonly run: Run;
  readonly chunks: readonly StoredChunk[];
  readonly journal: readonly JournalEntry[];
}

/**
 * Calls the agent step by step until it has decided. What it answered is stored as a chunk before anything else
 * happens, so a crash loses at most the answer to the call under way.
 */
export const decide: Step = async (dependencies, work) => {
  if (findCondition(work.run.status?.conditions, "Investigated")?.status === "True")
    return { kind: "next", run: work.run };
  let progress = await readProgress(dependencies, work);
  let report = reportIn(progress.journal);
  const endMs = dependencies.clock.now() + PASS_MS;
  while (report === undefined) {
    if (currentLimits(dependencies.policies).mode === "off") return pause(dependencies, progress.run);
    // A new leader, or the next pass, goes on from what is stored.
    if (dependencies.stopping.aborted || dependencies.clock.now() > endMs) return later(0, "ToBeContinued");
    const made = await makeStep(dependencies, progress, work.signal);
    progress = made.progress;
    report = reportIn(progress.journal) ?? made.report;
  }
  return recordDecision(dependencies, { run: progress.run, signal: work.signal }, report);
};

/** What was stored stays; the time of its budget goes on. */
async function pause(dependencies: InvestigationDependencies, run: Run): Promise<StepResult> {
  await writeStatus(dependencies, run, {
    conditions: [{ type: "Stalled", status: "True", reason: "KILLED", message: KILLED }],
  });
  return later(LOOK_AGAIN_MS, "Killed");
}

/** The run as stored; its status catches up with chunks that were stored right before a crash. */
async function readProgress(
  dependencies: InvestigationDependencies,
  { run, signal }: Parameters<Step>[1],
): Promise<Progress> {
  const chunks = await readChunks(dependencies, run, signal);
  const journal = readJournal(chunks);
  const stored = chunks.at(-1)?.name;
  const known = run.status?.transcriptRefs?.at(-1)?.name;
  const progress = { run, chunks, journal };
  return stored === known ? progress : { ...progress, run: await showProgress(dependencies, progress) };
}

function reportIn(journal: readonly JournalEntry[]): Report | undefined {
  const last = journal.at(-1);
  return last?.kind === "ended" ? last.report : undefined;
}

async function makeStep(
  dependencies: InvestigationDependencies,
  { run, chunks, journal }: Progress,
  signal: AbortSignal,
): Promise<{ readonly progress: Progress; readonly report: Report | undefined }> {
  assertFits(journal);
  const { agent, clock, metrics, scrub } = dependencies;
  const startedMs = clock.now();
  const step = await agent.decide(requestFor(dependencies, run, journal), signal);
  metrics.decideSeconds((clock.now() - startedMs) / 1000);
  assertProgress(step, journal);
  const mark = [...journal, ...step.entries].find((entry) => entry.kind === "begun")?.mark;
  const entries = step.entries.map((entry) => scrubEntry(entry, mark, scrub));
  const all = await appendEntries(dependencies, run, { chunks, entries });
  metrics.transcriptStored(all.slice(chunks.length).reduce((sum, { entries: { length } }) => sum + length, 0));
  const made = { run, chunks: all, journal: [...journal, ...entries] };
  const progress = { ...made, run: await showProgress(dependencies, made) };
  return { progress, report: step.continue ? undefined : step.report };
}

function requestFor(
  { policies }: InvestigationDependencies,
  { metadata, spec: stored }: Run,
  journal: readonly JournalEntry[],
): DecideRequest {
  const spec = INVESTIGATION.spec.parse(stored);
  const { name, namespace = "", uid } = metadata;
  const limits = currentLimits(policies);
  const ceiling = lowestMode(spec.mode, limits.mode ?? "observe");
  const mode: RequestableMode = ceiling === "off" ? "observe" : ceiling;
  return {
    trigger: spec.triggerRef?.name ?? "manual",
    context: {
      target: { ...spec.target, namespace },
      symptom: spec.symptom,
      ...(spec.instructions === undefined ? {} : { instructions: spec.instructions }),
    },
    ...(spec.actionRefs === undefined ? {} : { actionRefs: spec.actionRefs }),
    mode,
    correlationId: uid,
    run: { namespace, name, uid },
    budget: smallestBudget(spec.budget, limits.modelBudget),
    journal: [...journal],
  };
}

function assertFits(journal: readonly JournalEntry[]): void {
  const bytes = Buffer.byteLength(JSON.stringify(journal));
  // Room for the other members of the request and for the next entries.
  if (journal.length <= JOURNAL_LIMITS.entries - 8 && bytes <= JOURNAL_LIMITS.bytes - 64 * 1024) return;
  const message = `The journal has ${journal.length} entries and ${bytes} bytes, more than the agent takes.`;
  throw new OperatorError(message, { code: "JOURNAL_TOO_LARGE" });
}

/** A step that adds nothing, or repeats entries, would make the loop endless and the chain wrong. */
function assertProgress(step: DecideStep, journal: readonly JournalEntry[]): void {
  let last = journal.at(-1)?.seq ?? -1;
  for (const { seq } of step.entries) {
    if (seq <= last) throw misbehaved(`entry ${seq} comes after entry ${last}`);
    last = seq;
  }
  if (step.continue && step.entries.length === 0) throw misbehaved("a step without entries");
  const ended = step.entries.at(-1)?.kind === "ended";
  if (!step.continue && step.report === undefined && !ended) throw misbehaved("an end without a report");
}

function misbehaved(what: string): OperatorError {
  return new OperatorError(`The agent's answer breaks the contract: ${what}.`, { code: "AGENT_UNAVAILABLE" });
}

function showProgress(dependencies: InvestigationDependencies, { run, chunks, journal }: Progress): Promise<Run> {
  const transcriptRefs = chunks
    .slice(-MAX_REFS)
    .map(({ name, hash, firstSeq, lastSeq }) => ({ name, hash, firstSeq, lastSeq }));
  return writeStatus(dependencies, run, {
    conditions: unstalled(run),
    set: { transcript: projectTranscript(journal, dependencies.scrub), transcriptRefs, usage: usageOf(journal) },
  });
}

/** What the journal shows as spent; the report's own figures replace it at the end. */
function usageOf(journal: readonly JournalEntry[]): Report["usage"] {
  const begun = journal.find((entry) => entry.kind === "begun");
  const turns = journal.filter((entry) => entry.kind === "turn");
  const usages = journal.flatMap((entry) => ("usage" in entry && entry.usage !== undefined ? [entry.usage] : []));
  const cost = usages.reduce((sum, { costMicroUsd }) => sum + (costMicroUsd ?? 0), 0);
  return {
    backend: begun?.backend ?? "unknown",
    ...(begun?.model === undefined ? {} : { model: begun.model }),
    steps: turns.length,
    toolCalls: turns.reduce((sum, { calls }) => sum + calls.length, 0),
    inputTokens: usages.reduce((sum, { inputTokens }) => sum + inputTokens, 0),
    outputTokens: usages.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
    ...(cost === 0 ? {} : { costMicroUsd: cost }),
    durationMs: spanOf(journal),
  };
}

function spanOf(journal: readonly JournalEntry[]): number {
  const [first, last] = [journal.at(0), journal.at(-1)];
  return first === undefined || last === undefined ? 0 : Math.max(0, Date.parse(last.at) - Date.parse(first.at));
}
