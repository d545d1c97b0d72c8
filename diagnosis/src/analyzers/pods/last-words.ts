import type { FindingEvidence } from "@sre-agent/crds";
import { fromTenant } from "../../findings/draft.ts";
import { lastWords } from "../../log/fatal-line.ts";
import { isRemovedLog } from "../../log/removed-log.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { containerStates } from "../../snapshot/pod-state.ts";
import type { PodLog, SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Trouble } from "./container-trouble.ts";

export interface Words {
  readonly value: string;
  readonly evidence: FindingEvidence;
}

/** The fatal line of a troubled container's last run; the termination message stands in when there is no log. */
export function lastWordsOf(index: SnapshotIndex, trouble: Trouble): Words | undefined {
  const { pod, state } = trouble;
  for (const { log, pod: speaker } of logsOf(index, trouble)) {
    const line = lastWords(log.text);
    if (line) return { value: line, evidence: fromTenant(speaker, logPath(log), line) };
  }
  const message = state.termination?.message.trim();
  if (!message) return undefined;
  const value = lastWords(message) ?? message;
  return { value, evidence: fromTenant(pod, `${state.terminationPath}.message`, value) };
}

const MAX_LINES = 200;

/** The last lines of a troubled container's last run, each with its place. */
export function lastLinesOf(index: SnapshotIndex, trouble: Trouble): readonly Words[] {
  const [first] = logsOf(index, trouble);
  const lines = (first?.log.text ?? "").split("\n").map((line) => line.trim());
  const spoken = lines.filter((line) => line !== "").slice(-MAX_LINES);
  return first === undefined
    ? []
    : spoken.map((value) => ({ value, evidence: fromTenant(first.pod, logPath(first.log), value) }));
}

interface Spoken {
  readonly pod: SnapshotObject;
  readonly log: PodLog;
}

function logsOf(index: SnapshotIndex, { pod, pods, container }: Trouble): readonly Spoken[] {
  return [pod, ...pods].flatMap((candidate) => {
    const { namespace = "", name } = candidate.metadata;
    const request = { namespace, pod: name, container };
    const logs = endings(candidate, container).map((previous) => index.logOf({ ...request, previous }));
    const log = logs.find((one) => one !== undefined && one.text.trim() !== "" && !isRemovedLog(one.text));
    return log === undefined ? [] : [{ pod: candidate, log }];
  });
}

/** Where the words of a run that has ended stand: the present log of a container that runs again is another run's. */
function endings(pod: SnapshotObject, container: string): readonly boolean[] {
  const runs = containerStates(pod).some(({ name, running }) => name === container && running);
  return runs ? [true] : [true, false];
}

function logPath({ container, previous }: PodLog): string {
  return previous ? `log[${container}] previous` : `log[${container}]`;
}
