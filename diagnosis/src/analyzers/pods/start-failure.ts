import { clip, type Draft, fromControlPlane } from "../../findings/draft.ts";
import { eventMessage } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import { filesNamed } from "../configuration/configured-file.ts";
import { missingReference, type Reason } from "../configuration/missing-reference.ts";
import { fieldOf, statusOf } from "./container-field.ts";
import { containerFinding } from "./container-finding.ts";
import { holdUp, type Trouble, troublesOf } from "./container-trouble.ts";
import { hiddenCommand } from "./hidden-command.ts";
import { refusedField } from "./refused-field.ts";

/** Containers that the kubelet cannot create or start: missing configuration, a missing command, a forbidden user. */
export function startFailure(index: SnapshotIndex): readonly Draft[] {
  return troublesOf(index)
    .filter(({ className }) => className === "start")
    .map((trouble) => startFinding(index, trouble));
}

const MOUNT = "event FailedMount";
const SANDBOX = "event FailedCreatePodSandBox";

const HELD: Readonly<Record<string, string>> = {
  [MOUNT]: "its pods wait for a volume",
  [SANDBOX]: "its pods get no sandbox",
};

interface Reported {
  readonly path: string;
  readonly message: string;
}

function startFinding(index: SnapshotIndex, trouble: Trouble): Draft {
  const { container, pod, state } = trouble;
  const reported = reportedBy(index, trouble);
  const why =
    missingReference(index, trouble.workload, reported.message) ?? commandOrUser(index, trouble, reported.message);
  const reason = state.waiting?.reason ?? state.termination?.reason ?? "";
  return containerFinding(index, trouble, {
    analyzer: "start-failure",
    causeKey: [why.key],
    shared: why.shared ? why.key : undefined,
    cause: `${HELD[reported.path] ?? `container ${container} cannot start`}: ${why.words}`,
    symptom: `container ${container} ${reason}`,
    evidence: [
      fromControlPlane(pod, `${statusOf(trouble)}.state`, reason),
      fromControlPlane(pod, reported.path, reported.message),
      ...(why.evidence ?? []),
    ],
    decide: why.decide,
    fix: why.fix,
  });
}

function reportedBy(index: SnapshotIndex, trouble: Trouble): Reported {
  const { pod, state } = trouble;
  const waiting = `${statusOf(trouble)}.state.waiting.message`;
  const held = holdUp(index, pod);
  if (state.waiting?.message && state.waiting.reason !== "CrashLoopBackOff") {
    return { path: waiting, message: state.waiting.message };
  }
  if (state.termination?.message)
    return { path: `${state.terminationPath}.message`, message: state.termination.message };
  const path = textAt(held, "reason") === "FailedCreatePodSandBox" ? SANDBOX : MOUNT;
  return { path, message: held ? eventMessage(held) : "" };
}

const EXECUTABLE = 0o111;

/** The command is a file of a ConfigMap, whose files have the mode that the volume gives them. */
function unexecutableFile(index: SnapshotIndex, trouble: Trouble, message: string): Reason | undefined {
  const [, command = ""] = /exec: "([^"]+)": .*permission denied/.exec(message) ?? [];
  const [found] = filesNamed(index, trouble, command).filter(({ mode }) => (mode & EXECUTABLE) === 0);
  if (found === undefined) return undefined;
  const { path, source, mode } = found;
  const field = `${podSpecPath(trouble.workload)}.${source.path}`;
  return {
    key: "file-not-executable",
    words: `its command ${command} may not be executed: it is key ${path} of ${source.kind} ${source.name}, and ${field} gives its files the mode 0${mode.toString(8)}`,
    decide: `set the defaultMode of volume ${found.file.volume} to 0755 (493), or let a shell of the image run ${command}`,
  };
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

function commandOrUser(index: SnapshotIndex, trouble: Trouble, message: string): Reason {
  return (
    refusedField(index, trouble, message) ??
    absentProgram(trouble, message) ??
    forbidden(index, trouble, message) ??
    unread(message)
  );
}

function absentProgram(trouble: Trouble, message: string): Reason | undefined {
  const [, command] = /exec: "([^"]+)": .*(?:no such file|not found)/.exec(message) ?? [];
  if (command === undefined) return undefined;
  if (/\s/.test(command)) return wholeLine(trouble, command);
  const words = `its command ${clip(command, 100)} is not in the image (no such file)`;
  const absent = { key: "command-not-found", words, decide: "correct the command, or use an image that has it" };
  return hiddenCommand(trouble, command) ?? absent;
}

function forbidden(index: SnapshotIndex, trouble: Trouble, message: string): Reason | undefined {
  if (/permission denied/.test(message)) {
    const words = "its command may not be executed (permission denied)";
    const decide = "make the command executable in the image, or correct it";
    return unexecutableFile(index, trouble, message) ?? { key: "command-not-executable", words, decide };
  }
  if (!/runAsNonRoot|non-root/.test(message)) return undefined;
  const words = "runAsNonRoot is set, but the image or the spec runs it as root";
  return { key: "run-as-non-root", words, decide: "set runAsUser to a user other than 0 that the image supports" };
}

function unread(message: string): Reason {
  return {
    key: message.replace(/[0-9a-f]{8,}|\d+/g, "#").slice(0, 120),
    words: clip(message || "the kubelet gives no reason", 300),
    decide: "correct what the kubelet reports",
  };
}
