import { clip, type Draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { alarmOf } from "../../log/fatal-line.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { valueAt } from "../../snapshot/json.ts";
import {
  ageMs,
  type ContainerState,
  commandOf,
  containerSpec,
  containerStates,
  isLive,
  isSidecar,
  phaseOf,
} from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { isUnreached } from "../network/client-trouble.ts";
import { containerFinding } from "./container-finding.ts";
import type { Trouble } from "./container-trouble.ts";
import { laterContainer, ownService } from "./waits-for-itself.ts";

/** Longer than most preparations. */
const PATIENCE_MS = 60_000;
/** A download, a migration or a restore takes its time: until then one that complains of nothing is a warning. */
const LONG_MS = 10 * 60_000;

/** Init containers that run on and on while the pod waits for them. */
export function waitingInit(index: SnapshotIndex): readonly Draft[] {
  const waiting = index
    .ofKind("Pod")
    .filter((pod) => isLive(pod) && phaseOf(pod) === "Pending")
    .flatMap((pod) => overdueIn(index, pod));
  const groups = Map.groupBy(waiting, ({ workload, container }) => `${workload.metadata.uid}/${container}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    return first ? [initFinding(index, { ...first, pods: group.map(({ pod }) => pod) })] : [];
  });
}

function overdueIn(index: SnapshotIndex, pod: SnapshotObject): readonly Trouble[] {
  return containerStates(pod)
    .filter((state) => state.init && state.running && !isSidecar(pod, state) && isOverdue(index, state))
    .map((state) => ({
      workload: index.rootOf(pod),
      className: "crash",
      container: state.name,
      pod,
      state,
      pods: [pod],
    }));
}

function isOverdue(index: SnapshotIndex, { startedAt }: ContainerState): boolean {
  return (ageMs(index.nowMs, startedAt) ?? 0) > PATIENCE_MS;
}

function initFinding(index: SnapshotIndex, trouble: Trouble): Draft {
  const { pod, container, state } = trouble;
  const said = saidBy(index, trouble);
  const vain = waitsInVain(index, trouble, said);
  const minutes = Math.max(1, Math.round((ageMs(index.nowMs, state.startedAt) ?? 0) / 60_000));
  return containerFinding(index, trouble, {
    analyzer: "waiting-init",
    severity: vain !== undefined || waitsLong(index, trouble, said) ? undefined : "warning",
    causeKey: [],
    cause: `init container ${container} has been running for ${minutes} min, and the pod waits for it${said && `; it says "${clip(said, 300)}"`}${vain ? `; ${vain.words}` : ""}`,
    symptom: `waits for init container ${container}`,
    evidence: [
      fromControlPlane(
        pod,
        `status.initContainerStatuses[${container}].state.running.startedAt`,
        state.startedAt ?? "",
      ),
      ...(said ? [fromTenant(pod, `log[${container}]`, said)] : []),
    ],
    restsOn: jobsNamed(index, trouble, said),
    decide: vain?.decide ?? `provide what init container ${container} waits for, or correct what it asks for`,
  });
}

/** The last line of its log; empty without one. */
function saidBy(index: SnapshotIndex, { pod, container }: Trouble): string {
  const { namespace = "", name } = pod.metadata;
  const log = index.logOf({ namespace, pod: name, container, previous: false });
  return log?.text.trimEnd().split("\n").at(-1)?.trim() ?? "";
}

/** Too long for work, or by its own words for somebody. */
function waitsLong(index: SnapshotIndex, trouble: Trouble, said: string): boolean {
  const long = (ageMs(index.nowMs, trouble.state.startedAt) ?? 0) >= LONG_MS;
  return long || alarmOf(said) > 0 || isUnreached(said) || jobsNamed(index, trouble, said).length > 0;
}

interface Vain {
  readonly words: string;
  readonly decide: string;
}

/** What it asks starts only after it. */
function waitsInVain(index: SnapshotIndex, trouble: Trouble, said: string): Vain | undefined {
  const { container, workload } = trouble;
  const own = ownService(index, trouble, said);
  if (own !== undefined) {
    return {
      words: `it asks Service/${own}, whose only pods are those of ${workload.kind}/${workload.metadata.name} itself, which start after it`,
      decide: `let init container ${container} not wait for Service/${own}: that waits for it`,
    };
  }
  const later = laterContainer(trouble, said);
  return (
    suspendedJob(index, trouble, said) ??
    (later && {
      words: `it asks port ${later.port} of its own pod, where container ${later.name} listens, which starts after all init containers`,
      decide: `make container ${later.name} a native sidecar: move it before ${container} in initContainers, with restartPolicy Always; or let ${container} not wait for it`,
    })
  );
}

/** The Jobs that it says it waits for, or is told to wait for: `job migrate`, `job/migrate`. */
function jobsNamed(index: SnapshotIndex, trouble: Trouble, said: string): readonly SnapshotObject[] {
  const named = jobNames(trouble, said);
  const jobs = index.inNamespace("Job", trouble.pod.metadata.namespace ?? "");
  return jobs.filter(({ metadata }) => named.includes(metadata.name));
}

function jobNames({ pod, container }: Trouble, said: string): readonly string[] {
  const spec = containerSpec(pod, container);
  return [...`${said}\n${commandOf(spec).join(" ")}`.matchAll(JOB)].map(([, name = ""]) => name);
}

/** A Job that nobody has let run. */
function suspendedJob(index: SnapshotIndex, trouble: Trouble, said: string): Vain | undefined {
  const job = jobsNamed(index, trouble, said).find((one) => valueAt(one, "spec", "suspend") === true);
  return (
    job && {
      words: `it waits for Job ${job.metadata.name}, which is suspended (spec.suspend true)`,
      decide: `resume Job ${job.metadata.name} (spec.suspend false) when its work may be done`,
    }
  );
}

const JOB = /\bjobs?(?:\.batch)?[\s/"']+([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/gi;
