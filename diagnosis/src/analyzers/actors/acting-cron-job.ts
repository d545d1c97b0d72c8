import { changesOf, describeChange } from "../../changes/changes-of.ts";
import { lastWrite, type Write } from "../../changes/last-write.ts";
import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { health } from "../../health.ts";
import { type CommandedWrite, commandedWrites } from "../../snapshot/commanded-writes.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt, valueAt } from "../../snapshot/json.ts";
import { containerStates, isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import { isRecent } from "../../snapshot/recency.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { allows, type Grant, grantsFor, names, rulesOf } from "../access/grants.ts";

/**
 * CronJobs that change a workload which is unwell since: their command names it, their ServiceAccount may, and the
 * template was written last while one of their Jobs ran. Whatever is repaired there, the next run undoes.
 */
export function actingCronJob(index: SnapshotIndex): readonly Draft[] {
  return index
    .ofKind("CronJob")
    .filter((cron) => valueAt(cron, "spec", "suspend") !== true)
    .flatMap((cron) =>
      actsOf(index, cron)
        .slice(0, 1)
        .map((act) => actFinding(index, cron, act)),
    );
}

interface Act {
  readonly write: CommandedWrite;
  readonly workload: SnapshotObject;
  readonly grant: Grant;
  readonly written: Write;
  readonly job: SnapshotObject;
}

function actsOf(index: SnapshotIndex, cron: SnapshotObject): readonly Act[] {
  return commandedWrites(index, cron).flatMap((write) => {
    const workload = index.byName(write.kind, cron.metadata.namespace, write.name);
    const written = workload && lastWrite(workload, "spec", "template");
    if (workload === undefined || written === undefined || !isUnwell(index, workload, written)) return [];
    const job = index.childrenOf(cron, "Job").find((one) => ranAt(index, one, written.at));
    const grant = grantTo(index, cron, write);
    return job === undefined || grant === undefined ? [] : [{ write, workload, grant, written, job }];
  });
}

/** Not as it should be now, or, between two crashes, not since it was written. */
function isUnwell(index: SnapshotIndex, workload: SnapshotObject, { at }: Write): boolean {
  const ends = index
    .podsOf(workload)
    .filter(isLive)
    .flatMap(containerStates)
    .map(({ termination }) => termination);
  const crashed = ends.some((end) => {
    const finished = end?.finishedAt ?? "";
    return (end?.exitCode ?? 0) !== 0 && finished >= at && isRecent(index, finished, "backOff");
  });
  return crashed || health(index, workload).severity > 0;
}

/** Times of the API have whole seconds. */
const SECOND_MS = 1_000;

function ranAt(index: SnapshotIndex, job: SnapshotObject, time: string): boolean {
  const at = Date.parse(time);
  const from = Date.parse(textAt(job, "status", "startTime") ?? "");
  const until = Date.parse(textAt(job, "status", "completionTime") ?? index.snapshot.now);
  return at >= from - SECOND_MS && at <= until + SECOND_MS;
}

function grantTo(index: SnapshotIndex, cron: SnapshotObject, { kind, name }: CommandedWrite): Grant | undefined {
  const namespace = cron.metadata.namespace ?? "";
  const account = { namespace, name: accountOf(cron) };
  const resource = `${kind.toLowerCase()}s`;
  return grantsFor(index, namespace).find(
    (grant) =>
      names(grant, account) &&
      rulesOf(grant.role).some((rule) =>
        ["patch", "update"].some((verb) => allows(rule, { verb, resource, group: "apps", objectName: name })),
      ),
  );
}

function accountOf(cron: SnapshotObject): string {
  return textAt(podSpecOf(cron), "serviceAccountName") ?? "default";
}

function actFinding(index: SnapshotIndex, cron: SnapshotObject, act: Act): Draft {
  const { write, workload, grant, written, job } = act;
  const target = `${write.kind}/${write.name}`;
  const [change] = changesOf(index, workload);
  const what = change?.changes.slice(0, 3).map(describeChange).join(" and ") ?? "";
  const { binding, role } = grant;
  return draft({
    analyzer: "acting-cron-job",
    layer: "setting",
    severity: "error",
    subject: cron,
    causeKey: [write.kind, write.name],
    cause: `CronJob ${cron.metadata.name} changes ${target}, which is unwell since: its container ${write.container} is told to ${write.verb} it, and spec.template was written last while its Job ran${what === "" ? "" : ` (revision ${change?.to} ${what})`}; its next run undoes a repair of ${target} alone`,
    symptom: `changes ${target}`,
    accountsFor: [workload],
    evidence: [
      fromTenant(cron, `${podSpecPath(cron)}.containers[${write.container}].command`, `${write.verb} ${target}`),
      fromTenant(cron, "spec.schedule", textAt(cron, "spec", "schedule") ?? ""),
      fromControlPlane(workload, `metadata.managedFields[${written.by}].time`, written.at),
      fromControlPlane(job, "status.startTime", textAt(job, "status", "startTime") ?? ""),
      fromTenant(binding, "roleRef", `${role?.kind}/${role?.metadata.name}`),
    ],
    explains: [{ subject: subjectOf(workload), symptom: health(index, workload).message }],
    change: { object: subjectOf(workload), what: "spec.template was written", at: written.at, by: written.by },
    fix: decision(
      `suspend CronJob ${cron.metadata.name} (spec.suspend) or correct what it sets, then ${change === undefined ? "repair" : "roll back"} ${target}${change === undefined ? "" : ` to revision ${change.from}`}`,
    ),
  });
}
