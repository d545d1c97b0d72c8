import { printableArgument } from "../../changes/printable.ts";
import { clip, type Draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { eventMessage } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectAt, textAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { containerFinding } from "./container-finding.ts";
import { type Trouble, troublesOf } from "./container-trouble.ts";
import { describeProbe } from "./describe-probe.ts";

/** Containers that the kubelet kills right after their start, since their postStart hook fails. */
export function lifecycleHook(index: SnapshotIndex): readonly Draft[] {
  return troublesOf(index)
    .filter(({ className }) => className === "crash" || className === "start")
    .flatMap((trouble) => {
      const hook = objectAt(containerSpec(trouble.pod, trouble.container), "lifecycle", "postStart");
      const failed = failedHook(index, trouble);
      return failed === undefined || Object.keys(hook).length === 0
        ? []
        : [hookFinding(index, trouble, { hook, failed })];
    });
}

/** The event names the container in the path of its object; one without it can be of any. */
function failedHook(index: SnapshotIndex, { pod, container }: Trouble): SnapshotObject | undefined {
  return index.eventsOf(pod).find((event) => {
    const path = textAt(event, "involvedObject", "fieldPath");
    const own = path === undefined || path.endsWith(`{${container}}`);
    return own && textAt(event, "reason") === "FailedPostStartHook";
  });
}

interface Failed {
  readonly hook: Json;
  readonly failed: SnapshotObject;
}

function hookFinding(index: SnapshotIndex, trouble: Trouble, { hook, failed }: Failed): Draft {
  const { container, pod, workload, state } = trouble;
  const what = describeHook(hook);
  const field = `${podSpecPath(workload)}.containers[${container}].lifecycle.postStart`;
  return containerFinding(index, trouble, {
    analyzer: "lifecycle-hook",
    layer: "setting",
    causeKey: ["postStart"],
    cause: `container ${container} is killed whenever it has started: its postStart hook fails (${field}: ${what})`,
    symptom: `container ${container} ${state.waiting?.reason ?? "restarts"}`,
    evidence: [
      fromControlPlane(pod, "event FailedPostStartHook", clip(eventMessage(failed), 500)),
      fromTenant(workload, field, what),
    ],
    decide: `correct ${field}: its command has to be in the image and to end with 0, its address has to answer while the container starts`,
  });
}

function describeHook(hook: Json): string {
  const command = valueAt(hook, "exec", "command");
  if (!Array.isArray(command)) return describeProbe(hook);
  const first = printableArgument(String(command[0] ?? ""), true);
  return first === undefined ? "exec" : `exec ${first}`;
}
