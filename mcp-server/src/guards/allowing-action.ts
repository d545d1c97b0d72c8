import type { Action, SreAction } from "@sre-agent/crds";
import { lowestMode } from "@sre-agent/crds";
import type { Facts } from "../facts/facts.ts";
import { revisionsOf } from "../facts/revisions.ts";
import { carriesAll, type Workload } from "../facts/workload.ts";

/** The SreAction that allows `action`: of several the one with the highest mode, then the first by name. */
export function allowingAction(action: Action, facts: Facts): SreAction | undefined {
  if (!facts.actions.known || !facts.target.known) return undefined;
  const target = facts.target.value;
  return facts.actions.value
    .filter((entry) => entry.spec.type === action.type && names(entry, action, target) && bounds(entry, action, facts))
    .sort(higherModeFirst)[0];
}

function higherModeFirst(a: SreAction, b: SreAction): number {
  if (a.spec.mode === b.spec.mode) return a.metadata.name < b.metadata.name ? -1 : 1;
  return lowestMode(a.spec.mode, b.spec.mode) === a.spec.mode ? 1 : -1;
}

function names({ metadata, spec }: SreAction, { target }: Action, live: Workload): boolean {
  if (metadata.namespace !== target.namespace) return false;
  return spec.targets.some(
    (allowed) =>
      allowed.kind === target.kind &&
      (allowed.names?.includes(target.name) === true ||
        (allowed.selector !== undefined && carriesAll(live.metadata.labels, allowed.selector.matchLabels))),
  );
}

function bounds({ spec }: SreAction, action: Action, facts: Facts): boolean {
  const { minReplicas = 1, maxReplicas = Number.POSITIVE_INFINITY, maxRevisionsBack } = spec.bounds ?? {};
  if (action.type === "Scale") {
    return action.parameters.replicas >= minReplicas && action.parameters.replicas <= maxReplicas;
  }
  if (action.type !== "Rollback" || maxRevisionsBack === undefined) return true;
  const back = revisionsBack(action.parameters.toRevision, facts);
  return back !== undefined && back <= maxRevisionsBack;
}

/** How many recorded revisions lie from the present one back to `toRevision`. */
function revisionsBack(toRevision: number, { target, history }: Facts): number | undefined {
  if (!target.known || !history.known) return undefined;
  return revisionsOf(target.value, history.value).filter(({ number }) => number > toRevision).length;
}
