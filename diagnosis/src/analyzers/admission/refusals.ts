import { eventMessage, eventTime } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** What the API server answered when a controller wanted to create a pod, or a CronJob its Job. */
export interface Refusal {
  /** The top of the owner chain. */
  readonly workload: SnapshotObject;
  /** Who was refused: a ReplicaSet, StatefulSet, DaemonSet or Job. */
  readonly controller: SnapshotObject;
  readonly message: string;
  /** Where it says so. */
  readonly source: SnapshotObject;
  readonly path: string;
}

const CREATORS = ["ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob"];

/** The refusals that still hold: a controller with fewer pods than it wants, and the newest words about it. */
export function refusalsIn(index: SnapshotIndex): readonly Refusal[] {
  return CREATORS.flatMap((kind) => index.ofKind(kind))
    .filter((controller) => lacksPods(index, controller))
    .flatMap((controller) => refusalOf(index, controller) ?? []);
}

function lacksPods(index: SnapshotIndex, controller: SnapshotObject): boolean {
  if (controller.kind === "CronJob") return lacksJobs(index, controller);
  const pods = index.childrenOf(controller, "Pod").length;
  return pods < wanted(controller);
}

/** Its newest word is a refusal: it has made no Job since. */
function lacksJobs(index: SnapshotIndex, controller: SnapshotObject): boolean {
  const refused = newestFailure(index, controller);
  const made = textAt(controller, "status", "lastScheduleTime") ?? "";
  return refused !== undefined && eventTime(refused) > made && valueAt(controller, "spec", "suspend") !== true;
}

function newestFailure(index: SnapshotIndex, controller: SnapshotObject): SnapshotObject | undefined {
  return index
    .eventsOf(controller)
    .filter((one) => textAt(one, "reason") === "FailedCreate" && isRecent(index, eventTime(one), "controller"))
    .sort((a, b) => (eventTime(a) < eventTime(b) ? -1 : 1))
    .at(-1);
}

function wanted(controller: SnapshotObject): number {
  const number = (value: unknown, otherwise: number) => (typeof value === "number" ? value : otherwise);
  const { spec, status } = controller as {
    readonly spec?: Record<string, unknown>;
    readonly status?: Record<string, unknown>;
  };
  if (controller.kind === "DaemonSet") return number(status?.["desiredNumberScheduled"], 0);
  if (controller.kind === "Job") return hasFinished(controller) ? 0 : number(spec?.["parallelism"], 1);
  return number(spec?.["replicas"], 1);
}

function hasFinished(job: SnapshotObject): boolean {
  return objectsAt(job, "status", "conditions").some(
    ({ type, status }) => (type === "Complete" || type === "Failed") && status === "True",
  );
}

function refusalOf(index: SnapshotIndex, controller: SnapshotObject): Refusal | undefined {
  const workload = index.rootOf(controller);
  const failure = objectsAt(controller, "status", "conditions").find(
    ({ type, status }) => type === "ReplicaFailure" && status === "True",
  );
  const message = textAt(failure, "message");
  if (message)
    return { workload, controller, message, source: controller, path: "status.conditions[ReplicaFailure].message" };
  const event = newestFailure(index, controller);
  return (
    event && { workload, controller, message: eventMessage(event), source: controller, path: "event FailedCreate" }
  );
}
