import { type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { ageMs } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

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
  if (event === undefined) return undefined;
  const zone = textAt(event, "reason") === "UnknownTimeZone";
  const field = zone ? "timeZone" : "schedule";
  const value = textAt(cron, "spec", field) ?? "";
  return draft({
    analyzer: "cron-job",
    layer: "apart",
    severity: "error",
    subject: cron,
    causeKey: [field],
    cause: `CronJob ${cron.metadata.name} starts no Jobs: spec.${field} "${value}" cannot be read`,
    symptom: `spec.${field} cannot be read`,
    evidence: [
      fromTenant(cron, `spec.${field}`, value),
      fromControlPlane(cron, `event ${textAt(event, "reason") ?? ""}`, eventMessage(event)),
    ],
    fix: decision(`correct spec.${field} of CronJob ${cron.metadata.name}`),
  });
}

/** With concurrencyPolicy Forbid one Job that never ends holds back all others. */
function heldUp(index: SnapshotIndex, cron: SnapshotObject): Draft | undefined {
  if (textAt(cron, "spec", "concurrencyPolicy") !== "Forbid") return undefined;
  const skipped = latestEvent(index, cron, { reason: "JobAlreadyActive" });
  const [active] = objectsAt(cron, "status", "active");
  const job = active && index.byName("Job", cron.metadata.namespace, textAt(active, "name") ?? "");
  if (skipped === undefined || job === undefined) return undefined;
  const minutes = Math.round((ageMs(index.nowMs, job.metadata.creationTimestamp) ?? 0) / 60_000);
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
