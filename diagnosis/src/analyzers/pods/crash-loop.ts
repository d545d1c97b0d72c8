import { clip, type Draft, fromControlPlane } from "../../findings/draft.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import { containerSpec, type Termination } from "../../snapshot/pod-state.ts";
import type { ProbeName } from "../../snapshot/probes.ts";
import { containerFinding, exitEvidence } from "./container-finding.ts";
import { type Trouble, troublesOf } from "./container-trouble.ts";
import { type CrashHint, crashHint } from "./crash-hint.ts";
import { describeProbe } from "./describe-probe.ts";
import { lastWordsOf, type Words } from "./last-words.ts";
import { type ProbeFault, probeFault } from "./probe-fault.ts";

/** Containers that end again and again, for reasons other than memory. */
export function crashLoop(index: SnapshotIndex): readonly Draft[] {
  return troublesOf(index)
    .filter(({ className }) => className === "crash")
    .map((trouble) => crashFinding(index, trouble));
}

function crashFinding(index: SnapshotIndex, trouble: Trouble): Draft {
  const { container, pod, state } = trouble;
  const words = lastWordsOf(index, trouble);
  const probe = killedByProbe(index, trouble);
  const reason = probe ?? words;
  const hint = hintOf(index, trouble, { words, probe });
  const what = `${state.init ? "init container" : "container"} ${container} ${howItEnds(probe, state.termination)}`;
  return containerFinding(index, trouble, {
    analyzer: "crash-loop",
    causeKey: [probe ? "liveness" : (state.termination?.exitCode ?? "unknown")],
    cause: [reason ? `${what}: ${quoted(reason)}` : what, ...(hint ? [hint.words] : [])].join("; "),
    symptom: `container ${container} ${state.waiting?.reason ?? "restarts"}`,
    evidence: [
      ...exitEvidence(trouble),
      ...(probe ? [fromControlPlane(pod, "event Unhealthy", probe.value)] : []),
      ...(words ? [words.evidence] : []),
    ],
    fix: hint?.fix,
    decide: hint?.decide ?? decisionOf(trouble, probe),
  });
}

interface Reasons {
  readonly words: Words | undefined;
  readonly probe: FailedProbe | undefined;
}

/** What the spec says about it: about the probe that kills, else about the last words. */
function hintOf(index: SnapshotIndex, trouble: Trouble, { words, probe }: Reasons): CrashHint | ProbeFault | undefined {
  const { pod, container, workload } = trouble;
  if (probe) return probeFault(workload, objectAt(containerSpec(pod, container)), probe.fault);
  return crashHint(index, trouble, words?.value ?? "");
}

function decisionOf({ container }: Trouble, probe: FailedProbe | undefined): string {
  return probe
    ? `check the ${probe.kind} probe of container ${container} against what the process serves`
    : `find out why container ${container} ends: its log, its command and its configuration`;
}

function howItEnds(probe: FailedProbe | undefined, exit: Termination | undefined): string {
  if (probe) return `is killed by its ${probe.kind} probe (${probe.described})`;
  return exit ? exitWords(exit) : "ends";
}

/** A cause reads the same whenever it struck. */
const LEADING_TIME = /^\[?\d{4}[-/]\d\d[-/]\d\d[T ][\d:.,]+(?:Z|[+-]\d\d:?\d\d)?\]?\s*/;

function quoted({ value }: { readonly value: string }): string {
  return `"${clip(value.replace(LEADING_TIME, ""), 300)}"`;
}

interface FailedProbe {
  readonly kind: string;
  readonly described: string;
  readonly value: string;
  readonly fault: { readonly probe: ProbeName; readonly message: string };
}

/** The kubelet says when a failed liveness or startup probe made it kill the container. */
function killedByProbe(index: SnapshotIndex, { pod, container }: Trouble): FailedProbe | undefined {
  const killing = latestEvent(index, pod, {
    reason: "Killing",
    // A name of the API holds nothing else; whatever an odd one holds stands for itself or any character.
    matching: new RegExp(`^(?:Init c|C)ontainer ${container.replace(/[^\w-]/g, ".")} failed (liveness|startup) probe`),
  });
  const failed = latestEvent(index, pod, { reason: "Unhealthy", matching: /^(Liveness|Startup) probe/ });
  if (killing === undefined || failed === undefined) return undefined;
  const kind = eventMessage(killing).includes("startup probe") ? "startup" : "liveness";
  const described = describeProbe(objectAt(containerSpec(pod, container), `${kind}Probe`));
  const value = eventMessage(failed);
  return { kind, described, value, fault: { probe: `${kind}Probe`, message: value } };
}

const EXIT_WORDS: Readonly<Record<number, string>> = {
  0: "exits 0 although it should keep running",
  126: "exits 126 (its command cannot be executed)",
  127: "exits 127 (command not found)",
  134: "exits 134 (aborted, SIGABRT)",
  137: "is killed (exit 137, SIGKILL, not for memory by the kubelet's report)",
  139: "crashes with a segmentation fault (exit 139)",
  143: "is stopped from outside (exit 143, SIGTERM)",
};
const RIGHT_AFTER_START_MS = 10_000;

function exitWords({ exitCode, startedAt, finishedAt }: Termination): string {
  const words = EXIT_WORDS[exitCode] ?? `exits ${exitCode}`;
  const ran = Date.parse(finishedAt ?? "") - Date.parse(startedAt ?? "");
  return ran < RIGHT_AFTER_START_MS ? `${words} right after start` : words;
}
