import { clip, type Draft, fromControlPlane } from "../../findings/draft.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { missingReference, type Reason } from "../configuration/missing-reference.ts";
import { fieldOf } from "./container-field.ts";
import { containerFinding } from "./container-finding.ts";
import { type Trouble, troublesOf } from "./container-trouble.ts";
import { hiddenCommand } from "./hidden-command.ts";

/** Containers that the kubelet cannot create or start: missing configuration, a missing command, a forbidden user. */
export function startFailure(index: SnapshotIndex): readonly Draft[] {
  return troublesOf(index)
    .filter(({ className }) => className === "start")
    .map((trouble) => startFinding(index, trouble));
}

const MOUNT = "event FailedMount";

interface Reported {
  readonly path: string;
  readonly message: string;
}

function startFinding(index: SnapshotIndex, trouble: Trouble): Draft {
  const { container, pod, state } = trouble;
  const reported = reportedBy(index, trouble);
  const why = missingReference(index, trouble.workload, reported.message) ?? commandOrUser(trouble, reported.message);
  const reason = state.waiting?.reason ?? state.termination?.reason ?? "";
  return containerFinding(index, trouble, {
    analyzer: "start-failure",
    causeKey: [why.key],
    shared: why.shared ? why.key : undefined,
    cause: `${reported.path === MOUNT ? "its pods wait for a volume" : `container ${container} cannot start`}: ${why.words}`,
    symptom: `container ${container} ${reason}`,
    evidence: [
      fromControlPlane(pod, `status.containerStatuses[${container}].state`, reason),
      fromControlPlane(pod, reported.path, reported.message),
      ...(why.evidence ?? []),
    ],
    decide: why.decide,
    fix: why.fix,
  });
}

function reportedBy(index: SnapshotIndex, { pod, container, state }: Trouble): Reported {
  const waiting = `status.containerStatuses[${container}].state.waiting.message`;
  const mount = latestEvent(index, pod, { reason: "FailedMount" });
  if (state.waiting?.message && state.waiting.reason !== "CrashLoopBackOff") {
    return { path: waiting, message: state.waiting.message };
  }
  if (state.termination?.message)
    return { path: `${state.terminationPath}.message`, message: state.termination.message };
  return { path: MOUNT, message: mount ? eventMessage(mount) : "" };
}

/** A program whose name has spaces is a command line that was not split. */
function wholeLine(trouble: Trouble, line: string): Reason {
  const spec = containerSpec(trouble.pod, trouble.container);
  const field = fieldOf(trouble, valueAt(spec, "command") === undefined ? "args" : "command");
  return {
    key: "command-not-split",
    words: `the first element of ${field} is a whole command line ("${clip(line, 100)}"), and no program of the image has that name`,
    decide: `split the first element of ${field}: the program, and each argument as an element of its own`,
  };
}

function commandOrUser(trouble: Trouble, message: string): Reason {
  const [, command] = /exec: "([^"]+)": .*(?:no such file|not found)/.exec(message) ?? [];
  if (command && /\s/.test(command)) return wholeLine(trouble, command);
  const hidden = command && hiddenCommand(trouble, command);
  if (hidden) return hidden;
  if (command) {
    const words = `its command ${clip(command, 100)} is not in the image (no such file)`;
    return { key: "command-not-found", words, decide: "correct the command, or use an image that has it" };
  }
  if (/permission denied/.test(message)) {
    const decide = "make the command executable in the image, or correct it";
    return { key: "command-not-executable", words: "its command may not be executed (permission denied)", decide };
  }
  if (/runAsNonRoot|non-root/.test(message)) {
    const words = "runAsNonRoot is set, but the image or the spec runs it as root";
    return { key: "run-as-non-root", words, decide: "set runAsUser to a user other than 0 that the image supports" };
  }
  const key = message.replace(/[0-9a-f]{8,}|\d+/g, "#").slice(0, 120);
  return {
    key,
    words: clip(message || "the kubelet gives no reason", 300),
    decide: "correct what the kubelet reports",
  };
}
