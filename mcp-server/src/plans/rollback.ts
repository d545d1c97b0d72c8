import { type ActionOf, type Denial, deny } from "@sre-agent/crds";
import { currentRevision, type Revision, revisionsOf, sameTemplate, templateHash } from "../facts/revisions.ts";
import type { PodTemplate, Workload } from "../facts/workload.ts";
import { MARK_PATHS, markedPatch, markLanded } from "./marker.ts";
import { type Live, type Plan, type Undoable, writeFor } from "./plan.ts";
import { renderDiff } from "./render-diff.ts";

/** Returns a workload's pod template to one of its recorded revisions, as `kubectl rollout undo` does. */
export const rollback: Undoable<ActionOf<"Rollback">> = {
  plan(action, live, marker) {
    const { toRevision } = action.parameters;
    const running = runningOf(live);
    if ("code" in running) return running;
    const { current, revision } = running;
    const source = revisionsOf(live.target, live).find(({ number }) => number === toRevision);
    if (!source) return noRevision(`Revision ${toRevision} is not recorded.`);
    if (sameTemplate(source.template, current)) return noRevision(`Revision ${toRevision} is what runs now.`);
    const write = writeFor(action);
    if ("code" in write) return write;
    const change = { path: "/spec/template", from: current, to: source.template };
    return {
      premise: premiseOf(live.target, running, source),
      preImage: { revision: String(revision), templateHash: templateHash(current) },
      // What runs now keeps its revision number, so that number leads back to it.
      inverse: { ...action, parameters: { toRevision: revision } },
      diff: [...renderDiff(current, source.template), ...forcedRollback(live.target)],
      write,
      effect: {
        kind: "patch",
        patch: markedPatch(live.target, marker, change),
        declares: ["/spec/template", ...MARK_PATHS],
      },
    } satisfies Plan;
  },
  landed: (action, live, marker) => markLanded(live, action.target.uid, marker),
  stands: (_action, { target }, premise) =>
    target.spec?.template !== undefined && templateHash(target.spec.template) === premise["toTemplateHash"],
};

/** The newest recorded revision before the present one whose template differs. */
export function previousRevision(live: Live): number | Denial {
  const running = runningOf(live);
  if ("code" in running) return running;
  const earlier = revisionsOf(live.target, live)
    .filter(({ number, template }) => number < running.revision && !sameTemplate(template, running.current))
    .map(({ number }) => number);
  return earlier.length === 0 ? noRevision("No earlier revision is recorded.") : Math.max(...earlier);
}

interface Running {
  readonly current: PodTemplate;
  readonly revision: number;
}

function runningOf(live: Live): Running | Denial {
  const current = live.target.spec?.template;
  const revision = currentRevision(live.target, live);
  return current && revision !== undefined
    ? { current, revision }
    : noRevision(`The ${live.target.kind} has no recorded revision yet.`);
}

const noRevision = (message: string) => deny("NO_PREVIOUS_REVISION", message);

function premiseOf({ metadata }: Workload, { current, revision }: Running, source: Revision) {
  return {
    uid: metadata.uid,
    revision: String(revision),
    templateHash: templateHash(current),
    toTemplateHash: templateHash(source.template),
    [source.heldBy]: source.uid,
  };
}

/** Its controller waits for every pod in turn, also for one that can never become ready. */
function forcedRollback({ kind, spec }: Workload): readonly string[] {
  return kind === "StatefulSet" && spec?.podManagementPolicy !== "Parallel"
    ? ["Pods are replaced in order: one that is not ready and stays so has to be evicted afterwards."]
    : [];
}
