import { revisionsOf } from "../../changes/changes-of.ts";
import { type Draft, draft, fromControlPlane } from "../../findings/draft.ts";
import { badRevision, changeSentence, precedingChange } from "../../findings/preceding-change.ts";
import { remedy } from "../../findings/rollback-fix.ts";
import { health } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { condition } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** Deployments whose rollout passed its deadline; what its pods suffer from explains it. */
export function rolloutStuck(index: SnapshotIndex): readonly Draft[] {
  return index
    .ofKind("Deployment")
    .filter((deployment) => isStuck(index, deployment))
    .map((deployment) => stuckFinding(index, deployment));
}

/** The condition can be older than a recovery: it counts only while something is still missing. */
function isStuck(index: SnapshotIndex, deployment: SnapshotObject): boolean {
  const expired = textAt(condition(deployment, "Progressing"), "reason") === "ProgressDeadlineExceeded";
  return expired && health(index, deployment).severity > 0;
}

function stuckFinding(index: SnapshotIndex, deployment: SnapshotObject): Draft {
  const message = textAt(condition(deployment, "Progressing"), "message") ?? "";
  const newest = revisionsOf(index, deployment).at(-1);
  const pods = newest?.pods ?? [];
  const bad = badRevision(index, deployment, pods);
  const sentence = bad && changeSentence(bad.change);
  const state = health(index, deployment);
  const { fix, evidence } = remedy(index, deployment, {
    bad,
    otherwise: "find out why the new pods do not become available; nothing in their state says it",
  });
  const cause = `the rollout is past its deadline: ${state.message}`;
  return draft({
    analyzer: "rollout-stuck",
    layer: "rollout",
    severity: state.ready === 0 && state.desired > 0 ? "critical" : "error",
    subject: deployment,
    causeKey: [],
    cause: sentence ? `${cause}; ${sentence}` : cause,
    symptom: "rollout past its deadline (ProgressDeadlineExceeded)",
    evidence: [fromControlPlane(deployment, "status.conditions[Progressing].message", message), ...evidence],
    change: bad && precedingChange(deployment, bad.change),
    fix,
  });
}
