import type { FindingEvidence } from "@sre-agent/crds";
import { clip, type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { lastWords } from "../../log/fatal-line.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { containerStates, type Termination } from "../../snapshot/pod-state.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Trouble } from "../pods/container-trouble.ts";
import { type CrashHint, crashHint } from "../pods/crash-hint.ts";

/** Jobs that gave up, unless a later Job of the same CronJob succeeded. */
export function failedJob(index: SnapshotIndex): readonly Draft[] {
  return index.ofKind("Job").flatMap((job) => {
    const failure = failureOf(index, job);
    return failure === undefined || isSuperseded(index, job) ? [] : [jobFinding(index, job, failure)];
  });
}

interface Failure {
  readonly reason: string;
  readonly message: string;
}

/** FailureTarget: decided, while its last pods still end. */
const FAILED = ["Failed", "FailureTarget"];

function failureOf(index: SnapshotIndex, job: SnapshotObject): Failure | undefined {
  const failed = objectsAt(job, "status", "conditions").find(
    ({ type, status }) => FAILED.includes(String(type)) && status === "True",
  );
  if (failed === undefined || !isRecent(index, textAt(failed, "lastTransitionTime"), "person")) return undefined;
  return { reason: textAt(failed, "reason") ?? "", message: textAt(failed, "message") ?? "" };
}

function isSuperseded(index: SnapshotIndex, job: SnapshotObject): boolean {
  const owner = index.rootOf(job);
  if (owner.kind !== "CronJob") return false;
  const created = job.metadata.creationTimestamp ?? "";
  return index
    .childrenOf(owner, "Job")
    .some((other) => (other.metadata.creationTimestamp ?? "") > created && hasEnded(other));
}

/** A later run decides: succeeded, or failed with a finding of its own. */
function hasEnded(job: SnapshotObject): boolean {
  return objectsAt(job, "status", "conditions").some(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
}

function jobFinding(index: SnapshotIndex, job: SnapshotObject, { reason, message }: Failure): Draft {
  const end = lastEnd(index, job);
  const deadline = reason === "DeadlineExceeded" ? deadlineOf(index, job) : undefined;
  const what = deadline?.words ?? REASONS[reason] ?? `failed (${reason})`;
  const part = end && failedIndex(job, end.pod);
  const hint = end && deadline === undefined ? crashHint(index, end.trouble, end.said ?? "") : undefined;
  const details = [part?.words, hint?.words].filter((one) => one !== undefined);
  return draft({
    analyzer: "failed-job",
    layer: "cause",
    severity: "error",
    subject: deadline?.owner ?? job,
    causeKey: [reason],
    cause: [`Job ${job.metadata.name} ${what}${endWords(end)}`, ...details].join("; "),
    symptom: `Job failed (${reason})`,
    evidence: [
      fromControlPlane(job, "status.conditions[Failed].message", message),
      ...endEvidence(end),
      ...(part?.evidence ?? []),
    ],
    explains: end === undefined ? [] : [{ subject: subjectOf(end.pod), symptom: `exits ${end.exit.exitCode}` }],
    fix: decision(deadline?.decide ?? startAnew(end?.said, agreement(part, hint))),
  });
}

function endEvidence(end: End | undefined): readonly FindingEvidence[] {
  if (end === undefined) return [];
  const { pod, container, exit, said } = end;
  return [
    fromControlPlane(pod, `status.containerStatuses[${container}].state.terminated.exitCode`, String(exit.exitCode)),
    ...(said ? [fromTenant(pod, `log[${container}]`, said)] : []),
  ];
}

function endWords(end: End | undefined): string {
  if (end === undefined) return "";
  return `: container ${end.container} exits ${end.exit.exitCode}${end.said ? ` with "${clip(end.said, 300)}"` : ""}`;
}

/** What is to be corrected: by what the spec says, else by its last words. */
function startAnew(said: string | undefined, decide: string | undefined): string {
  const words = said ? ` ("${clip(said, 200)}")` : "";
  return `${decide ?? `correct what made it fail${words}`}, then create the Job again: a failed Job does not start anew`;
}

interface FailedIndex {
  readonly words: string;
  readonly completions: number;
  readonly evidence: readonly FindingEvidence[];
}

const INDEX = "batch.kubernetes.io/job-completion-index";

/** Of a Job whose pods do a part of the work each, by number, the part that failed beside others that did not. */
function failedIndex(job: SnapshotObject, pod: SnapshotObject): FailedIndex | undefined {
  const part = pod.metadata.annotations?.[INDEX];
  const completions = numberAt(job, "spec", "completions");
  const done = textAt(job, "status", "completedIndexes");
  if (textAt(job, "spec", "completionMode") !== "Indexed" || part === undefined || completions === undefined)
    return undefined;
  const others = done ? `, while ${done} succeeded` : "";
  return {
    words: `it is index ${part} of spec.completions ${completions} (numbered from 0) that fails${others}`,
    completions,
    evidence: [
      fromTenant(job, "spec.completions", String(completions)),
      fromControlPlane(pod, `metadata.annotations[${INDEX}]`, part),
      ...(done ? [fromControlPlane(job, "status.completedIndexes", done)] : []),
    ],
  };
}

function agreement(part: FailedIndex | undefined, hint: CrashHint | undefined): string | undefined {
  if (part === undefined) return hint?.decide;
  const count = `let spec.completions (${part.completions}) be the number of parts that there are`;
  return hint === undefined ? count : `${count}, or ${hint.decide}`;
}

interface Deadline {
  /** Whose field it is: a CronJob gives its Jobs theirs. */
  readonly owner: SnapshotObject;
  readonly words: string;
  readonly decide: string;
}

function deadlineOf(index: SnapshotIndex, job: SnapshotObject): Deadline | undefined {
  const seconds = numberAt(job, "spec", "activeDeadlineSeconds");
  const root = index.rootOf(job);
  const owner = root.kind === "CronJob" ? root : job;
  const field = `${owner === job ? "spec" : "spec.jobTemplate.spec"}.activeDeadlineSeconds`;
  const where = owner === job ? "" : ` of CronJob ${owner.metadata.name}`;
  if (seconds === undefined) return undefined;
  return {
    owner,
    words: `was stopped at its deadline: ${field} ${seconds}${where} ends it after ${seconds} s, whatever it has done by then`,
    decide: `raise ${field} of ${owner.kind} ${owner.metadata.name} above what its work takes, which did not end within ${seconds} s, or find out why it takes that long${owner === job ? `; then make Job ${job.metadata.name} anew` : ""}`,
  };
}

const REASONS: Readonly<Record<string, string>> = {
  BackoffLimitExceeded: "gave up after its last retry (spec.backoffLimit)",
  DeadlineExceeded: "was stopped at its deadline (spec.activeDeadlineSeconds)",
  PodFailurePolicy: "was ended by its pod failure policy",
};

interface End {
  readonly trouble: Trouble;
  readonly pod: SnapshotObject;
  readonly container: string;
  readonly exit: Termination;
  readonly said: string | undefined;
}

/** The newest pod's container that ended badly, with what it said. */
function lastEnd(index: SnapshotIndex, job: SnapshotObject): End | undefined {
  const pods = index
    .childrenOf(job, "Pod")
    .toSorted((a, b) => ((a.metadata.creationTimestamp ?? "") < (b.metadata.creationTimestamp ?? "") ? 1 : -1));
  for (const pod of pods) {
    const state = containerStates(pod).find(({ termination }) => (termination?.exitCode ?? 0) !== 0);
    if (state?.termination === undefined) continue;
    return {
      trouble: {
        ...{ workload: index.rootOf(pod), className: "crash", container: state.name, pod, state, pods: [pod] },
      },
      pod,
      container: state.name,
      exit: state.termination,
      said: saidBy(index, pod, state.name) ?? state.termination.message,
    };
  }
  return undefined;
}

function saidBy(index: SnapshotIndex, pod: SnapshotObject, container: string): string | undefined {
  const request = { namespace: pod.metadata.namespace ?? "", pod: pod.metadata.name, container };
  const log = index.logOf({ ...request, previous: false }) ?? index.logOf({ ...request, previous: true });
  return log && lastWords(log.text);
}
