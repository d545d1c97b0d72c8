import { type JsonRecord, numberOf, recordsOf, textOf, valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { ageOf } from "./age.ts";
import { table } from "./table-columns.ts";

function statuses(pod: KubeObject): readonly JsonRecord[] {
  return recordsOf(pod.status?.["containerStatuses"]);
}

function ready(pod: KubeObject): string {
  const count = statuses(pod).filter((status) => status["ready"] === true).length;
  return `${count}/${recordsOf(pod.spec?.["containers"]).length}`;
}

/** What `kubectl get pods` calls STATUS: the reason of the container that is worst off, else the phase. */
function status(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const reasons = statuses(pod).map(containerReason).filter(Boolean);
  return reasons.at(0) ?? (textOf(pod.status?.["reason"]) || textOf(pod.status?.["phase"]));
}

function containerReason(container: JsonRecord): string {
  const waiting = textOf(valueAt(container, ["state", "waiting", "reason"]));
  if (waiting !== "") return waiting;
  const terminated = valueAt(container, ["state", "terminated"]);
  if (terminated === undefined) return "";
  return textOf(valueAt(terminated, ["reason"])) || `ExitCode:${valueAt(terminated, ["exitCode"])}`;
}

function restarts(pod: KubeObject, now: number): string {
  const count = statuses(pod).reduce((sum, container) => sum + numberOf(container["restartCount"]), 0);
  const ends = statuses(pod).map((container) => textOf(valueAt(container, ["lastState", "terminated", "finishedAt"])));
  const last = ends.filter(Boolean).toSorted().at(-1);
  return count > 0 && last !== undefined ? `${count} (${ageOf(last, now)} ago)` : String(count);
}

export const podColumns = table([
  ["Name", "name", (pod) => pod.metadata.name],
  ["Ready", "string", ready],
  ["Status", "string", status],
  ["Restarts", "string", restarts],
  ["Age", "string", (pod, now) => ageOf(pod.metadata.creationTimestamp, now)],
  ["IP", "string", (pod) => textOf(pod.status?.["podIP"]) || "<none>", 1],
  ["Node", "string", (pod) => textOf(pod.spec?.["nodeName"]) || "<none>", 1],
  ["Nominated Node", "string", (pod) => textOf(pod.status?.["nominatedNodeName"]) || "<none>", 1],
  ["Readiness Gates", "string", () => "<none>", 1],
]);
