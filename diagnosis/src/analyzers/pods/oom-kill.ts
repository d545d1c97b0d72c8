import { type Draft, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
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

function oomFinding(index: SnapshotIndex, trouble: Trouble): Draft {
  const { container, pod, state } = trouble;
  const limit = valueAt(containerSpec(pod, container), "resources", "limits", "memory");
  const given = limit === undefined ? undefined : givenLimit(index, trouble, limit);
  const tmpfs = memoryVolumes(pod, container);
  const what = `container ${container} is killed for memory (OOMKilled, exit ${state.termination?.exitCode ?? 137})`;
  return containerFinding(index, trouble, {
    analyzer: "oom-kill",
    causeKey: ["oom"],
    cause:
      limit === undefined
        ? `${what}: it has no memory limit, so the node itself ran out`
        : `${what}: it needs more than its limit of ${String(limit)}${given?.words ?? ""}${tmpfs}`,
    symptom: `container ${container} OOMKilled`,
    evidence: [
      ...exitEvidence(trouble),
      ...(limit === undefined
        ? []
        : [fromTenant(pod, `spec.${listOf(state)}[${container}].resources.limits.memory`, String(limit))]),
      ...(given ? [given.evidence] : []),
    ],
    decide:
      limit === undefined
        ? `set a memory request and limit for container ${container}, and find what else uses the node's memory`
        : `${given ? "set" : "raise"} the memory limit of container ${container} above ${String(limit)}, or find what makes it use more`,
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
