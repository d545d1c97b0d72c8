import type { Finding, FindingEvidence, Fix } from "@sre-agent/crds";
import { changeBetween, type Revision, revisionsOf } from "../changes/changes-of.ts";
import { eventTime } from "../snapshot/events.ts";
import type { SnapshotIndex } from "../snapshot/index-snapshot.ts";
import { textAt } from "../snapshot/json.ts";
import { condition } from "../snapshot/pod-state.ts";
import { isRecent } from "../snapshot/recency.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";
import { fromControlPlane } from "./draft.ts";
import { decision } from "./fix.ts";
import type { BadRevision } from "./preceding-change.ts";
import { PROTECTIVE } from "./protections.ts";
import { reachingPods } from "./reaching-pods.ts";

export interface Remedy {
  readonly fix: NonNullable<Finding["fix"]>;
  readonly evidence: readonly FindingEvidence[];
}

interface Proof {
  readonly revision: Revision;
  readonly words: string;
  readonly evidence: FindingEvidence;
}

const MAX_DROPPED = 3;
const RAN_WELL_MS = 10_000;
/** Times of the API have whole seconds; a pod of the newest revision is not ready by then. */
const AT_ONCE_MS = 1_000;
/** Before the newest revision comes (Recreate), the pods of the one before it end. */
const ENDING_MS = 60_000;

interface Failure {
  readonly bad: BadRevision | undefined;
  /** What a person has to decide. */
  readonly otherwise: string;
  /** A minimal patch that would do. */
  readonly patch?: Fix | undefined;
}

/**
 * Rolling back to a revision that is known to have been available; else the minimal patch, where there is one; else what
 * a person has to decide.
 */
export function remedy(index: SnapshotIndex, workload: SnapshotObject, failure: Failure): Remedy {
  const remedied = rollbackOr(index, workload, failure);
  const patched = failure.patch !== undefined && remedied.fix.kind !== "action";
  const { fix, evidence } = patched ? { fix: failure.patch, evidence: [] } : remedied;
  return { fix: reachingPods(index, workload, fix), evidence };
}

function rollbackOr(index: SnapshotIndex, workload: SnapshotObject, { bad, otherwise }: Failure): Remedy {
  if (bad === undefined) return decided(otherwise);
  const proof = availableBefore(index, workload, bad.newest);
  if (proof === undefined)
    return decided(`${otherwise}; nothing recorded shows that revision ${bad.change.from} worked`);
  const lost = changeBetween(proof.revision, bad.newest).changes.filter(
    ({ path, before }) => before === undefined && PROTECTIVE.test(path),
  );
  const target = `revision ${proof.revision.number}`;
  const dropped = lost.slice(0, MAX_DROPPED).map(({ path }) => path);
  if (dropped.length > 0) return decided(`${otherwise}; rolling back to ${target} would drop ${dropped.join(" and ")}`);
  return rollback(workload, proof) ?? decided(`${otherwise}; ${proof.words}`);
}

function decided(summary: string): Remedy {
  return { fix: decision(summary), evidence: [] };
}

function rollback(workload: SnapshotObject, { revision, words, evidence }: Proof): Remedy | undefined {
  const { uid, namespace, name } = workload.metadata;
  if (uid === undefined || namespace === undefined) return undefined;
  const target = { apiVersion: workload.apiVersion, kind: workload.kind, namespace, name, uid };
  const action = { type: "Rollback" as const, target, parameters: { toRevision: revision.number } };
  const summary = `roll back ${workload.kind}/${name} to revision ${revision.number}: ${words}`;
  return { fix: { kind: "action", action, summary }, evidence: [evidence] };
}

/**
 * An earlier revision with the proof that it was available: it still serves, it was the only one while the Deployment
 * was, or its pods ran well until the rollout stopped them.
 */
function availableBefore(index: SnapshotIndex, workload: SnapshotObject, newest: Revision): Proof | undefined {
  const earlier = revisionsOf(index, workload).filter(({ number }) => number < newest.number);
  const serving = earlier.findLast(({ ready, desired }) => ready > 0 && ready >= desired);
  if (serving) return servingProof(serving);
  const [only, ...others] = earlier;
  const sole = only && others.length === 0 ? soleProof(index, workload, { revision: only, newest }) : undefined;
  return sole ?? ranProof(index, earlier.at(-1), newest);
}

function servingProof(revision: Revision): Proof {
  return {
    revision,
    words: `it still serves with ${revision.ready} of ${revision.desired} pods ready`,
    evidence: fromControlPlane(revision.record, "status.readyReplicas", String(revision.ready)),
  };
}

/**
 * With one other revision only: available since before the newest one existed, or until the moment when that came. In
 * both cases the other one made it so.
 */
function soleProof(
  index: SnapshotIndex,
  workload: SnapshotObject,
  { revision, newest }: { readonly revision: Revision; readonly newest: Revision },
): Proof | undefined {
  const available = condition(workload, "Available");
  const since = textAt(available, "lastTransitionTime") ?? "";
  const stays = textAt(available, "status") === "True" && Date.parse(since) < Date.parse(newest.createdAt);
  const lost = textAt(available, "status") === "False" && wasLost(index, since, { revision, newest });
  if (!stays && !lost) return undefined;
  return {
    revision,
    words: `the workload was available with it before revision ${newest.number}`,
    evidence: fromControlPlane(workload, "status.conditions[Available].lastTransitionTime", since),
  };
}

/**
 * The condition is False from the creation on, so that what becomes so later had been True. It counts where it was lost
 * when the newest revision came, and where events, which last an hour, tell of no crashes before that.
 */
function wasLost(
  index: SnapshotIndex,
  since: string,
  { revision, newest }: { readonly revision: Revision; readonly newest: Revision },
): boolean {
  const [at, before, after] = [since, revision.createdAt, newest.createdAt].map((time) => Date.parse(time));
  const ends = (after ?? 0) - (at ?? 0);
  const { namespace = "", name } = revision.record.metadata;
  const warnings = index.eventsOfPrefix("Pod", namespace, `${name}-`).filter((event) => event["type"] === "Warning");
  return (
    (at ?? 0) - (before ?? 0) > RAN_WELL_MS &&
    ends >= -AT_ONCE_MS &&
    ends <= ENDING_MS &&
    isRecent(index, newest.createdAt, "event") &&
    warnings.every((event) => event["reason"] === "Unhealthy")
  );
}

/** The kubelet stopped pods of this revision after the newest one came, and never warned about any of its pods. */
function ranProof(index: SnapshotIndex, revision: Revision | undefined, newest: Revision): Proof | undefined {
  if (revision === undefined) return undefined;
  const { namespace = "", name } = revision.record.metadata;
  const events = index.eventsOfPrefix("Pod", namespace, `${name}-`);
  if (events.some((event) => event["type"] === "Warning")) return undefined;
  const stopped = events.find((event) => isStopAfter(event, newest) && ranFor(event, events, revision) >= RAN_WELL_MS);
  if (stopped === undefined) return undefined;
  return {
    revision,
    words: "its pods ran without a warning until the rollout stopped them",
    evidence: fromControlPlane(
      stopped,
      "event Killing",
      `${textAt(stopped, "message") ?? ""} at ${eventTime(stopped)}`,
    ),
  };
}

function isStopAfter(event: SnapshotObject, newest: Revision): boolean {
  const stops = event["reason"] === "Killing" && (textAt(event, "message") ?? "").startsWith("Stopping container");
  return stops && Date.parse(eventTime(event)) >= Date.parse(newest.createdAt);
}

/** From the last recorded start of that pod, or, where the event has expired, from the creation of its ReplicaSet. */
function ranFor(stop: SnapshotObject, events: readonly SnapshotObject[], revision: Revision): number {
  const pod = textAt(stop, "involvedObject", "name");
  const starts = events.filter(
    (event) => event["reason"] === "Started" && textAt(event, "involvedObject", "name") === pod,
  );
  const times = starts.map((event) => Date.parse(eventTime(event)));
  return Date.parse(eventTime(stop)) - Math.max(Date.parse(revision.createdAt), ...times);
}
