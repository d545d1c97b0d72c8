import { type Draft, draft, fromControlPlane, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { ageMs, type ContainerState, containerStates } from "../../snapshot/pod-state.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** A sidecar gets this long to notice that the work is done. */
const PATIENCE_MS = 10_000;

/** Jobs whose work is done but whose pod goes on, because a plain sidecar never ends. */
export function blockedJob(index: SnapshotIndex): readonly Draft[] {
  const blocked = index
    .ofKind("Pod")
    .filter((pod) => pod.metadata.deletionTimestamp === undefined && ownerJob(index, pod) !== undefined)
    .flatMap((pod) => blockedIn(index, pod));
  const groups = Map.groupBy(blocked, ({ workload }) => workload);
  return [...groups.values()].flatMap((group) => (group[0] ? [blockedFinding(group[0], group)] : []));
}

interface Blocked {
  readonly workload: SnapshotObject;
  readonly job: SnapshotObject;
  readonly pod: SnapshotObject;
  readonly done: ContainerState;
  readonly running: ContainerState;
}

function ownerJob(index: SnapshotIndex, pod: SnapshotObject): SnapshotObject | undefined {
  const owner = pod.metadata.ownerReferences?.find(({ kind }) => kind === "Job");
  return owner && index.byUid(owner.uid);
}

function blockedIn(index: SnapshotIndex, pod: SnapshotObject): readonly Blocked[] {
  const job = ownerJob(index, pod);
  const states = containerStates(pod).filter(({ init }) => !init);
  const done = states.find(({ ended, termination }) => ended && termination?.exitCode === 0);
  const running = states.find((state) => state.running);
  const since = ageMs(index.nowMs, done?.termination?.finishedAt) ?? 0;
  if (job === undefined || done === undefined || running === undefined || since < PATIENCE_MS) return [];
  return [{ workload: index.rootOf(pod), job, pod, done, running }];
}

function blockedFinding({ workload, job, pod, done, running }: Blocked, all: readonly Blocked[]): Draft {
  const path = `${podSpecPath(workload)}.containers[${running.name}]`;
  return draft({
    analyzer: "blocked-job",
    layer: "cause",
    severity: "error",
    subject: workload,
    causeKey: [running.name],
    cause: `container ${running.name} (${path}) keeps running after container ${done.name} has completed, so that Job ${job.metadata.name} never ends: it is a plain container, not a native sidecar`,
    symptom: "Job never completes",
    evidence: [
      fromControlPlane(
        pod,
        `status.containerStatuses[${done.name}].state.terminated.reason`,
        done.termination?.reason ?? "",
      ),
      fromControlPlane(
        pod,
        `status.containerStatuses[${running.name}].state.running.startedAt`,
        running.startedAt ?? "",
      ),
      ...jobsBehind(workload),
    ],
    explains: all.flatMap((one) => [
      ...(one.job === workload ? [] : [{ subject: subjectOf(one.job), symptom: "never completes" }]),
      { subject: subjectOf(one.pod), symptom: `container ${one.running.name} still runs` },
    ]),
    fix: decision(
      `move container ${running.name} to initContainers with restartPolicy Always (a native sidecar ends with the Job), or let it end when ${done.name} has`,
    ),
  });
}

function jobsBehind(workload: SnapshotObject) {
  const active = objectsAt(workload, "status", "active").map((one) => textAt(one, "name") ?? "");
  return workload.kind === "CronJob" && active.length > 0
    ? [fromControlPlane(workload, "status.active", active.join(", "))]
    : [];
}
