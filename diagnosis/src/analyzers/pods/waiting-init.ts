import { clip, type Draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, valueAt } from "../../snapshot/json.ts";
import {
  ageMs,
  type ContainerState,
  containerSpec,
  containerStates,
  isLive,
  phaseOf,
} from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { containerFinding } from "./container-finding.ts";
import type { Trouble } from "./container-trouble.ts";
import { laterContainer, ownService } from "./waits-for-itself.ts";

/** Longer than most preparations; a long download or migration goes on, and so only a warning is given before. */
const PATIENCE_MS = 60_000;

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
  const sidecars = objectsAt(pod, "spec", "initContainers").flatMap(({ name, restartPolicy }) =>
    restartPolicy === "Always" ? [name] : [],
  );
  return containerStates(pod)
    .filter((state) => state.init && state.running && !sidecars.includes(state.name) && isOverdue(index, state))
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
  const log = index.logOf({
    namespace: pod.metadata.namespace ?? "",
    pod: pod.metadata.name,
    container,
    previous: false,
  });
  const said = log?.text.trimEnd().split("\n").at(-1)?.trim();
  const vain = waitsInVain(index, trouble, said ?? "");
  const minutes = Math.max(1, Math.round((ageMs(index.nowMs, state.startedAt) ?? 0) / 60_000));
  return containerFinding(index, trouble, {
    analyzer: "waiting-init",
    causeKey: [],
    cause: `init container ${container} has been running for ${minutes} min, and the pod waits for it${said ? `; it says "${clip(said, 300)}"` : ""}${vain ? `; ${vain.words}` : ""}`,
    symptom: `waits for init container ${container}`,
    evidence: [
      fromControlPlane(
        pod,
        `status.initContainerStatuses[${container}].state.running.startedAt`,
        state.startedAt ?? "",
      ),
      ...(said ? [fromTenant(pod, `log[${container}]`, said)] : []),
    ],
    restsOn: jobsNamed(index, trouble, said ?? ""),
    decide: vain?.decide ?? `provide what init container ${container} waits for, or correct what it asks for`,
  });
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
    later && {
      words: `it asks port ${later.port} of its own pod, where container ${later.name} listens, which starts after all init containers`,
      decide: `make container ${later.name} a native sidecar: move it before ${container} in initContainers, with restartPolicy Always; or let ${container} not wait for it`,
    }
  );
}

/** The Jobs that it says it waits for, or is told to wait for: `job migrate`, `job/migrate`. */
function jobsNamed(index: SnapshotIndex, { pod, container }: Trouble, said: string): readonly SnapshotObject[] {
  const spec = containerSpec(pod, container);
  const told = [valueAt(spec, "command"), valueAt(spec, "args")].flatMap((list) => (Array.isArray(list) ? list : []));
  const text = `${said}\n${told.join(" ")}`;
  const named = new Set([...text.matchAll(JOB)].map(([, name = ""]) => name));
  return index.inNamespace("Job", pod.metadata.namespace ?? "").filter(({ metadata }) => named.has(metadata.name));
}

const JOB = /\bjobs?(?:\.batch)?[\s/"']+([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)/gi;
