import type { FindingEvidence, Fix } from "@sre-agent/crds";
import { clip, type Draft, draft, fromControlPlane, fromTenant, type Layer, subjectOf } from "../../findings/draft.ts";
import { badRevision, changeSentence, precedingChange } from "../../findings/preceding-change.ts";
import { restartFix } from "../../findings/restart-fix.ts";
import { remedy } from "../../findings/rollback-fix.ts";
import { outageSeverity } from "../../health.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, objectAt, textAt } from "../../snapshot/json.ts";
import {
  ageMs,
  type ContainerState,
  condition,
  containerSpec,
  containerStates,
  hasServed,
  isLive,
  isSidecar,
} from "../../snapshot/pod-state.ts";
import type { ProbeName } from "../../snapshot/probes.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Trouble } from "./container-trouble.ts";
import { describeProbe } from "./describe-probe.ts";
import { contradiction, type ProbeFault, probeFault } from "./probe-fault.ts";
import { unexpandedVariable } from "./unexpanded-variable.ts";

interface Unready {
  readonly workload: SnapshotObject;
  readonly pod: SnapshotObject;
  readonly state: ContainerState;
}

/** Longer than a normal start: below this a pod that is not ready is a pod that starts. */
const PATIENCE_MS = 30_000;
const MAX_PATIENCE_MS = 10 * 60_000;

/** A container takes longer to start than to answer. */
const START_PATIENCE_MS = 120_000;

/** Containers that run while their readiness probe, or a startup probe that cannot succeed, keeps failing. */
export function notReady(index: SnapshotIndex): readonly Draft[] {
  const unready = index
    .ofKind("Pod")
    .filter(isLive)
    .flatMap((pod) => unreadyIn(index, pod));
  const groups = Map.groupBy(
    unready,
    ({ workload, state }) => `${workload.metadata.uid ?? ""}/${keyOf(workload)}/${state.name}`,
  );
  return [...groups.values()].flatMap((group) => probeFinding(index, group));
}

function keyOf({ kind, metadata }: SnapshotObject): string {
  return `${metadata.namespace ?? ""}/${kind}/${metadata.name}`;
}

function unreadyIn(index: SnapshotIndex, pod: SnapshotObject): readonly Unready[] {
  return containerStates(pod)
    .filter((state) => state.running && !state.ready && (!state.init || isSidecar(pod, state)))
    .filter((state) => isOverdue(index, pod, state) || neverStarts(index, pod, state))
    .map((state) => ({ workload: index.rootOf(pod), pod, state }));
}

/** The other probes wait for the startup probe, and that contradicts its container. */
function neverStarts(index: SnapshotIndex, pod: SnapshotObject, state: ContainerState): boolean {
  if (pendingProbe(pod, state) !== "startupProbe") return false;
  const failed = latestFailure(index, pod, "startupProbe");
  if (failed === undefined || (ageMs(index.nowMs, state.startedAt) ?? 0) < START_PATIENCE_MS) return false;
  const said = { probe: "startupProbe", message: eventMessage(failed) } as const;
  return contradiction(index.rootOf(pod), objectAt(containerSpec(pod, state.name)), said) !== undefined;
}

/** The probe that is asked now. */
function pendingProbe(pod: SnapshotObject, { name, starting }: ContainerState): "startupProbe" | "readinessProbe" {
  return starting && isRecord(containerSpec(pod, name)["startupProbe"]) ? "startupProbe" : "readinessProbe";
}

function latestFailure(index: SnapshotIndex, pod: SnapshotObject, probe: ProbeName): SnapshotObject | undefined {
  const matching = probe === "startupProbe" ? /^Startup probe/ : /^Readiness probe/;
  return latestEvent(index, pod, { reason: "Unhealthy", matching });
}

/** Past its start-up delay and three rounds of its probe. */
function isOverdue(index: SnapshotIndex, pod: SnapshotObject, state: ContainerState): boolean {
  const probe = objectAt(containerSpec(pod, state.name), "readinessProbe");
  const number = (name: string, otherwise: number) => Number(probe[name] ?? otherwise);
  const startMs = 1000 * (number("initialDelaySeconds", 0) + 3 * number("periodSeconds", 10));
  // A pod that served before is not starting: it is given a moment to come back, no more.
  if (hasServed(pod, state)) return (ageMs(index.nowMs, lostAt(pod)) ?? 0) > BLIP_MS;
  const age = ageMs(index.nowMs, state.startedAt) ?? 0;
  const patience = answersWrongly(index, pod) ? startMs : Math.max(PATIENCE_MS, startMs);
  return Object.keys(probe).length > 0 && age > Math.min(MAX_PATIENCE_MS, patience) + startupMs(pod, state);
}

/** What a startup probe that has not succeeded yet still allows: until then the readiness probe is not asked. */
function startupMs(pod: SnapshotObject, state: ContainerState): number {
  if (pendingProbe(pod, state) !== "startupProbe") return 0;
  const probe = objectAt(containerSpec(pod, state.name), "startupProbe");
  const number = (name: string, otherwise: number) => Number(probe[name] ?? otherwise);
  return 1000 * (number("initialDelaySeconds", 0) + number("periodSeconds", 10) * number("failureThreshold", 3));
}

/** A server that answers and does not know the path will not learn it. */
function answersWrongly(index: SnapshotIndex, pod: SnapshotObject): boolean {
  return latestEvent(index, pod, { reason: "Unhealthy", matching: /^Readiness .*statuscode: 40[0-9]/ }) !== undefined;
}

function probeFinding(index: SnapshotIndex, group: readonly Unready[]): readonly Draft[] {
  const newest = group.toSorted((a, b) => (createdAt(a) < createdAt(b) ? -1 : 1)).at(-1);
  if (newest === undefined) return [];
  const { workload, pod, state } = newest;
  const pods = group.map((one) => one.pod);
  const probe = pendingProbe(pod, state);
  const event = latestFailure(index, pod, probe);
  const bad = badRevision(index, workload, pods);
  const sentence = bad && changeSentence(bad.change);
  const said = event ? eventMessage(event) : "no probe result is recorded";
  const spec = objectAt(containerSpec(pod, state.name));
  const trouble = { workload, className: "crash", container: state.name, pod, state, pods } as const;
  const fault = probeFault(workload, spec, { probe, message: said }) ?? unsetVariable(index, trouble);
  const remedied = remedy(index, workload, {
    bad,
    otherwise: fault?.decide ?? decisionOf(group, said),
    patch: fault?.fix ?? hungFix(index, group, said),
  });
  const why = fault === undefined ? "" : `; ${fault.words}`;
  const lacks = probe === "startupProbe" ? "has not started" : "is not ready";
  const cause = `container ${state.name} runs but ${lacks}: ${clip(said, 300)} (probe ${describeProbe(objectAt(spec, probe))})${why}`;
  const symptom = `container ${state.name} not ready`;
  return [
    draft({
      analyzer: "not-ready",
      layer: layerOf(fault),
      severity: outageSeverity(index, workload),
      subject: workload,
      causeKey: [state.name],
      cause: sentence ? `${cause}; ${sentence}` : cause,
      symptom,
      evidence: [...probeEvidence(newest, event), ...remedied.evidence],
      explains: pods.filter((one) => one !== workload).map((one) => ({ subject: subjectOf(one), symptom })),
      change: bad && precedingChange(workload, bad.change),
      fix: remedied.fix,
    }),
  ];
}

/** A process that got text for a value runs, and answers nobody. */
function unsetVariable(index: SnapshotIndex, trouble: Trouble): ProbeFault | undefined {
  const hint = unexpandedVariable(index, trouble);
  return hint && { ...hint, fix: undefined };
}

function probeEvidence({ pod, state }: Unready, event: SnapshotObject | undefined): readonly FindingEvidence[] {
  const [statuses, list] = state.init
    ? ["initContainerStatuses", "initContainers"]
    : ["containerStatuses", "containers"];
  const probe = pendingProbe(pod, state);
  return [
    fromControlPlane(pod, `status.${statuses}[${state.name}].ready`, "false"),
    ...(event ? [fromControlPlane(pod, "event Unhealthy", eventMessage(event))] : []),
    fromTenant(
      pod,
      `spec.${list}[${state.name}].${probe}`,
      describeProbe(objectAt(containerSpec(pod, state.name), probe)),
    ),
  ];
}

/** What the probe's own fields contradict is a cause. */
function layerOf(fault: ProbeFault | undefined): Layer {
  return fault?.fix === undefined ? "pod-state" : "cause";
}

const BLIP_MS = 2_000;

function decisionOf(group: readonly Unready[], said: string): string {
  const [first] = group;
  const container = first?.state.name ?? "";
  if (ANSWERED.test(said) && group.every(({ pod, state }) => hasServed(pod, state)))
    return `find out what makes container ${container}, which was ready before, say no to its probe: its log, and what it depends on`;
  return UNABLE.test(said)
    ? `find out what makes container ${container} answer its probe with an error: its log, and what it depends on`
    : `check the readiness probe of container ${container} against what the process serves`;
}

/** It answers and says no: a matter of what the process waits for, which a restart does not bring. */
const ANSWERED = /statuscode: \d/;
/** An answer of the process that it cannot serve now: the probe found the right place. */
const UNABLE = /statuscode: 5\d\d/;

/** Every container of the group served before, and none is of a new release: a restart brings back what hangs. */
function hungFix(index: SnapshotIndex, group: readonly Unready[], said: string): Fix | undefined {
  const [first] = group;
  if (ANSWERED.test(said)) return undefined;
  if (first === undefined || !group.every(({ pod, state }) => hasServed(pod, state))) return undefined;
  return restartFix(first.workload, index.snapshot.now, "its pods served before, run on, and do not answer any more");
}

function lostAt(pod: SnapshotObject): string {
  return textAt(condition(pod, "Ready"), "lastTransitionTime") ?? "";
}

function createdAt({ pod }: Unready): string {
  return pod.metadata.creationTimestamp ?? "";
}
