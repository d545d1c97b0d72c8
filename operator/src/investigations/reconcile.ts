import { API_VERSION, INVESTIGATION, isComplete } from "@sre-agent/crds";
import { isKubeError, type Requeue } from "@sre-agent/kube";
import { isOperatorError, type OperatorError } from "../error.ts";
import { admit } from "./admit.ts";
import { announce } from "./announce.ts";
import { askAgain } from "./ask-again.ts";
import { decide } from "./decide.ts";
import { follow } from "./follow.ts";
import { failRun, writeStatus } from "./status.ts";
import {
  DONE,
  type InvestigationDependencies,
  later,
  logContext,
  next,
  type Run,
  type Step,
  type StepResult,
} from "./step.ts";

const CONFLICT_MS = 100;

const finished: Step = async (_dependencies, { run }) => (isComplete(run.status?.conditions) ? DONE : next(run));

/** A run's life, in order. */
const STEPS: readonly Step[] = [finished, admit, decide, finished, follow];

/** Brings the run `namespace/name` as far as it can go now. */
export async function reconcileInvestigation(
  dependencies: InvestigationDependencies,
  key: string,
  signal: AbortSignal,
): Promise<Requeue> {
  const run = await readRun(dependencies, key, signal);
  if (run === undefined) return DONE;
  try {
    return await takeSteps(dependencies, run, signal);
  } catch (error) {
    if (isKubeError(error, "CONFLICT")) return later(CONFLICT_MS, "Conflict");
    if (isKubeError(error, "NOT_FOUND")) return DONE;
    // A call that we cut off ourselves says nothing about the agent.
    if (!isOperatorError(error) || signal.aborted) throw error;
    return handleFailure(dependencies, error, { key, signal });
  }
}

async function takeSteps(dependencies: InvestigationDependencies, first: Run, signal: AbortSignal): Promise<Requeue> {
  let run = first;
  for (const step of STEPS) {
    const result: StepResult = await step(dependencies, { run, signal });
    if (result.kind !== "next") return result;
    run = result.run;
  }
  return DONE;
}

async function readRun(
  { reader }: InvestigationDependencies,
  key: string,
  signal: AbortSignal,
): Promise<Run | undefined> {
  const [namespace = "", name = ""] = key.split("/");
  try {
    return await reader.get<Run>({ apiVersion: API_VERSION, kind: INVESTIGATION.kind, namespace, name }, { signal });
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

interface Failing {
  readonly key: string;
  readonly signal: AbortSignal;
}

/** An agent that is away never ends a run; one that refuses, or a broken transcript, does. */
async function handleFailure(
  dependencies: InvestigationDependencies,
  error: OperatorError,
  { key, signal }: Failing,
): Promise<Requeue> {
  // The steps wrote the status meanwhile: what is marked is the run as it is stored.
  const run = await readRun(dependencies, key, signal);
  if (run === undefined) return DONE;
  if (error.code === "AGENT_UNAVAILABLE" || run.status?.decision !== undefined) return stall(dependencies, run, error);
  const { logger, scrub } = dependencies;
  const reason = REASONS[error.code];
  const said = scrub(error.message).slice(0, 600).replace(/\.?$/, ".");
  const message = `${said} ${curesOf(run)[error.code]} ${askAgain(run)}`;
  const failed = await failRun(dependencies, run, { reason, message });
  logger.error("investigation failed", { ...logContext(run), error });
  await announce(dependencies, failed, { type: "Warning", reason, action: "Investigate", note: message });
  return { kind: "terminal", reason };
}

/** What a person can do about an end without a report. */
function curesOf({ metadata: { name, namespace } }: Run) {
  return {
    AGENT_REFUSED: "Operator and agent have to be of one version.",
    TRANSCRIPT_BROKEN: `Somebody changed the stored steps: sre-agent transcript ${name} -n ${namespace} says where.`,
    JOURNAL_TOO_LARGE: "Give it a smaller budget.",
  } as const satisfies Partial<Record<OperatorError["code"], string>>;
}

const REASONS = {
  AGENT_UNAVAILABLE: "AgentUnavailable",
  AGENT_REFUSED: "AgentRefused",
  TRANSCRIPT_BROKEN: "TranscriptBroken",
  JOURNAL_TOO_LARGE: "JournalTooLarge",
} as const;

async function stall(dependencies: InvestigationDependencies, run: Run, error: OperatorError): Promise<Requeue> {
  const { logger, metrics, scrub } = dependencies;
  const reason = REASONS[error.code];
  const pause = error.retryAfterMs === undefined ? "after a pause that grows up to 5 minutes" : "when it says so";
  const message = `${scrub(error.message).slice(0, 2000)} It is tried again ${pause}.`;
  metrics.agentUnavailable();
  logger.warn("the agent gave no usable answer", { ...logContext(run), error });
  const stalled = await writeStatus(dependencies, run, {
    conditions: [{ type: "Stalled", status: "True", reason, message }],
  });
  await announce(dependencies, stalled, { type: "Warning", reason, action: "Investigate", note: message });
  if (error.retryAfterMs !== undefined) return later(Math.max(error.retryAfterMs, 1_000), reason);
  throw error;
}
