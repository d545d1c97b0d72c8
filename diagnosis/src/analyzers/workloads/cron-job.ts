import { lastWrite } from "../../changes/last-write.ts";
import { type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { eventMessage, eventTime, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { ageMs } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** As long a run as three of those before it is no slow one. */
const USUAL = 3;

/** CronJobs that start no Jobs although they should: one that never ends, a schedule or zone that cannot be read. */
export function cronJob(index: SnapshotIndex): readonly Draft[] {
  return index
    .ofKind("CronJob")
    .filter((cron) => valueAt(cron, "spec", "suspend") !== true)
    .flatMap((cron) => unreadable(index, cron) ?? heldUp(index, cron) ?? []);
}

function unreadable(index: SnapshotIndex, cron: SnapshotObject): Draft | undefined {
  const event =
    latestEvent(index, cron, { reason: "UnParseableCronJobSchedule" }) ??
    latestEvent(index, cron, { reason: "UnknownTimeZone" }) ??
    latestEvent(index, cron, { reason: "InvalidSchedule" });
  if (event === undefined || wasMended(cron, eventTime(event))) return undefined;
  const never = /time difference between two schedules/.test(eventMessage(event));
  const zone = textAt(event, "reason") === "UnknownTimeZone";
  const field = zone ? "timeZone" : "schedule";
  const value = textAt(cron, "spec", field) ?? "";
  return draft({
    analyzer: "cron-job",
    layer: "apart",
    severity: "error",
    subject: cron,
    causeKey: [field],
    cause: `CronJob ${cron.metadata.name} starts no Jobs: spec.${field} "${value}" ${never ? "names no time that ever comes" : "cannot be read"}`,
    symptom: `spec.${field} cannot be used`,
    evidence: [
      fromTenant(cron, `spec.${field}`, value),
      fromControlPlane(cron, `event ${textAt(event, "reason") ?? ""}`, eventMessage(event)),
    ],
    fix: decision(`correct spec.${field} of CronJob ${cron.metadata.name}`),
  });
}

/** Written again, or started a Job, since then. */
function wasMended(cron: SnapshotObject, at: string): boolean {
  const since = [lastWrite(cron, "spec")?.at, textAt(cron, "status", "lastScheduleTime")];
  return since.some((time) => time !== undefined && Date.parse(time) > Date.parse(at));
}

/** With concurrencyPolicy Forbid one Job that never ends holds back all others. */
function heldUp(index: SnapshotIndex, cron: SnapshotObject): Draft | undefined {
  if (textAt(cron, "spec", "concurrencyPolicy") !== "Forbid") return undefined;
  const skipped = latestEvent(index, cron, { reason: "JobAlreadyActive" });
  const [active] = objectsAt(cron, "status", "active");
  const job = active && index.byName("Job", cron.metadata.namespace, textAt(active, "name") ?? "");
  const age = ageMs(index.nowMs, job?.metadata.creationTimestamp) ?? 0;
  if (skipped === undefined || job === undefined || age < USUAL * longestRunMs(index, cron)) return undefined;
  const minutes = Math.round(age / 60_000);
  const deadline = valueAt(job, "spec", "activeDeadlineSeconds");
  return draft({
    analyzer: "cron-job",
    layer: "pod-state",
    severity: "error",
    subject: cron,
    causeKey: ["held-up"],
    cause: `CronJob ${cron.metadata.name} skips its runs: Job ${job.metadata.name} has been active for ${minutes} min and spec.concurrencyPolicy is Forbid${deadline === undefined ? ", and no activeDeadlineSeconds ends it" : ""}`,
    symptom: "skips its runs",
    evidence: [
      fromControlPlane(cron, "event JobAlreadyActive", eventMessage(skipped)),
      fromTenant(cron, "spec.concurrencyPolicy", "Forbid"),
    ],
    restsOn: [job],
    fix: decision(`find out why Job ${job.metadata.name} does not end, and give the template an activeDeadlineSeconds`),
  });
}

/** Of its Jobs that completed; 0 when none is kept. Runs longer than their interval are skipped over by design. */
function longestRunMs(index: SnapshotIndex, cron: SnapshotObject): number {
  const runs = index.childrenOf(cron, "Job").map((job) => {
    const [start, end] = ["startTime", "completionTime"].map((field) => Date.parse(textAt(job, "status", field) ?? ""));
    return (end ?? 0) - (start ?? 0);
  });
  return Math.max(0, ...runs.filter((ms) => ms > 0));
}
