import type { FindingEvidence } from "@sre-agent/crds";
import { type Draft, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { listOf } from "./container-field.ts";
import { containerFinding, exitEvidence } from "./container-finding.ts";
import { type Trouble, troublesOf } from "./container-trouble.ts";
import { givenLimit } from "./given-limit.ts";

/** Containers killed because they reach their memory limit, or because the node has no memory left. */
export function oomKill(index: SnapshotIndex): readonly Draft[] {
  return troublesOf(index)
    .filter(({ className }) => className === "oom")
    .map((trouble) => oomFinding(index, trouble));
}

/** The limit that a container reaches: its own, or that of all containers of its pod together. */
interface Limit {
  readonly value: string;
  /** For people, as the workload has it. */
  readonly field: string;
  readonly words: string;
  readonly evidence: readonly FindingEvidence[];
}

function limitOf(index: SnapshotIndex, trouble: Trouble): Limit | undefined {
  const { container, pod, state, workload } = trouble;
  const own = valueAt(containerSpec(pod, container), "resources", "limits", "memory");
  if (own !== undefined) {
    const given = givenLimit(index, trouble, own);
    const at = fromTenant(pod, `spec.${listOf(state)}[${container}].resources.limits.memory`, String(own));
    return {
      value: String(own),
      field: `${given ? "set" : "raise"} the memory limit of container ${container}`,
      words: `its limit of ${String(own)}${given?.words ?? ""}`,
      evidence: [at, ...(given ? [given.evidence] : [])],
    };
  }
  const value = valueAt(pod, "spec", "resources", "limits", "memory");
  if (value === undefined) return undefined;
  const field = `${podSpecPath(workload)}.resources.limits.memory`;
  return {
    value: String(value),
    field: `raise the memory limit of its pod (${field})`,
    words: `the containers of its pod may have together, ${field} ${String(value)}`,
    evidence: [fromTenant(pod, "spec.resources.limits.memory", String(value))],
  };
}

function oomFinding(index: SnapshotIndex, trouble: Trouble): Draft {
  const { container, pod, state } = trouble;
  const limit = limitOf(index, trouble);
  const what = `container ${container} is killed for memory (OOMKilled, exit ${state.termination?.exitCode ?? 137})`;
  return containerFinding(index, trouble, {
    analyzer: "oom-kill",
    causeKey: ["oom"],
    cause:
      limit === undefined
        ? `${what}: it has no memory limit, so the node itself ran out`
        : `${what}: it needs more than ${limit.words}${memoryVolumes(pod, container)}`,
    symptom: `container ${container} OOMKilled`,
    evidence: [...exitEvidence(trouble), ...(limit?.evidence ?? [])],
    decide:
      limit === undefined
        ? `set a memory request and limit for container ${container}, and find what else uses the node's memory`
        : `${limit.field} above ${limit.value}, or find what makes it use more`,
  });
}

/** Files in a memory volume count against the limit of the container that writes them. */
function memoryVolumes(pod: SnapshotObject, container: string): string {
  const memory = objectsAt(pod, "spec", "volumes").filter(
    (volume) => valueAt(volume, "emptyDir", "medium") === "Memory",
  );
  const mounts = objectsAt(containerSpec(pod, container), "volumeMounts").filter((mount) =>
    memory.some(({ name }) => name === mount["name"]),
  );
  const paths = mounts.map((mount) => String(mount["mountPath"])).join(", ");
  return paths === "" ? "" : `, against which the files in ${paths} (emptyDir with medium Memory) count as well`;
}
