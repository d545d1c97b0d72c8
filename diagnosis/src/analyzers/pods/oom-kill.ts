import type { FindingEvidence } from "@sre-agent/crds";
import { type Draft, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
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
  const { container, state } = trouble;
  const limit = limitOf(index, trouble);
  const memory = memoryVolumes(trouble);
  const started = state.termination?.reason !== "StartError" && state.termination !== undefined;
  const what = started
    ? `container ${container} is killed for memory (OOMKilled, exit ${state.termination?.exitCode ?? 137})`
    : `container ${container} is killed for memory before its process starts`;
  return containerFinding(index, trouble, {
    analyzer: "oom-kill",
    causeKey: ["oom"],
    cause:
      limit === undefined
        ? `${what}: it has no memory limit, so the node itself ran out`
        : `${what}: it needs more than ${limit.words}${memoryWords(memory)}`,
    symptom: `container ${container} OOMKilled`,
    evidence: [...exitEvidence(trouble), ...(limit?.evidence ?? []), ...memory.map(({ evidence }) => evidence)],
    decide: decisionOf(container, limit, memory),
  });
}

function decisionOf(container: string, limit: Limit | undefined, [memory]: readonly MemoryVolume[]): string {
  if (limit === undefined)
    return `set a memory request and limit for container ${container}, and find what else uses the node's memory`;
  const raise = `${limit.field} above ${limit.value}`;
  if (memory === undefined) return `${raise}, or find what makes it use more`;
  return `put volume ${memory.name} on disk (${memory.field} without medium Memory), or bound it by a sizeLimit that fits below ${limit.value}, or ${raise}; recreate the pod to lose the files that are there`;
}

interface MemoryVolume {
  readonly name: string;
  /** `spec.template.spec.volumes[cache].emptyDir`. */
  readonly field: string;
  readonly mountPath: string;
  readonly sizeLimit: string | undefined;
  readonly evidence: FindingEvidence;
}

/** Files in a memory volume count against the limit of the container that writes them, and outlive it. */
function memoryVolumes({ pod, container, workload }: Trouble): readonly MemoryVolume[] {
  const mounts = objectsAt(containerSpec(pod, container), "volumeMounts");
  return objectsAt(pod, "spec", "volumes").flatMap((volume) => {
    const name = textAt(volume, "name") ?? "";
    const mount = mounts.find((one) => one["name"] === name);
    if (valueAt(volume, "emptyDir", "medium") !== "Memory" || mount === undefined) return [];
    const sizeLimit = textAt(volume, "emptyDir", "sizeLimit");
    const field = `${podSpecPath(workload)}.volumes[${name}].emptyDir`;
    const evidence = fromTenant(workload, field, `medium Memory, sizeLimit ${sizeLimit ?? "(absent)"}`);
    return [{ name, field, mountPath: textAt(mount, "mountPath") ?? "", sizeLimit, evidence }];
  });
}

function memoryWords(volumes: readonly MemoryVolume[]): string {
  const texts = volumes.map(
    ({ name, mountPath, sizeLimit }) =>
      `${mountPath} (emptyDir ${name} with medium Memory and ${sizeLimit === undefined ? "no sizeLimit" : `sizeLimit ${sizeLimit}`})`,
  );
  return texts.length === 0
    ? ""
    : `, against which the files in ${texts.join(", ")} count as well, including those left by earlier runs`;
}
