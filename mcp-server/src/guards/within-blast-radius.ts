import { type Action, type Denial, deny } from "@sre-agent/crds";
import { matchesSelector } from "@sre-agent/diagnosis";
import { type Facts, unavailable } from "../facts/facts.ts";
import { controllerOf, isReady, ownedBy, type RollingUpdate, type Workload } from "../facts/workload.ts";
import type { Guard } from "./guard.ts";

/** What an action takes away for a while: of `desired` replicas, of which `ready` serve now, `lost` more would not. */
interface Loss {
  readonly desired: number;
  readonly ready: number;
  readonly lost: number;
}

/** No more than max(1, 25 %) becomes unavailable in addition, never the last ready replica, and budgets have room. */
export const withinBlastRadius: Guard = (action, facts) => {
  if (!facts.target.known) return unavailable("the target", facts.target);
  if (!facts.pods.known) return unavailable("the pods", facts.pods);
  if (!facts.budgets.known) return unavailable("the PodDisruptionBudgets", facts.budgets);
  const loss = lossOf(action, facts.target.value, facts.pods.value);
  if (loss.lost <= 0 || takesBackReplicas(action, facts)) return null;
  const bound = Math.max(1, Math.floor(loss.desired / 4));
  if (loss.lost > bound)
    return radius(`${loss.lost} of ${loss.desired} replicas would be unavailable; ${bound} may be.`);
  if (loss.lost >= loss.ready) return radius("The last ready replica would be taken away.");
  return budgetsHaveRoom(facts.target.value, facts.budgets.value);
};

const radius = (message: string) => deny("BLAST_RADIUS", message);

/** Replicas that the undone change itself had added: without them it is as it was. */
function takesBackReplicas({ type, target, parameters }: Action, { undoes, ledger }: Facts): boolean {
  if (type !== "Scale" || undoes === undefined || !ledger.known) return false;
  const undone = ledger.value.find(({ metadata }) => metadata.uid === undoes.uid);
  return (
    undone?.spec.action.target.uid === target.uid &&
    undone.status?.preImage?.["replicas"] === String(parameters.replicas)
  );
}

function lossOf(action: Action, target: Workload, pods: readonly Workload[]): Loss {
  if (action.type === "Evict") return evictionLoss(target, pods);
  const desired = desiredOf(target);
  const ready = target.status?.readyReplicas ?? target.status?.numberReady ?? 0;
  if (action.type === "Scale") return { desired, ready, lost: Math.min(ready, desired - action.parameters.replicas) };
  return { desired, ready, lost: Math.min(ready, unavailableInRollout(target, desired)) };
}

function desiredOf({ kind, spec, status }: Workload): number {
  return kind === "DaemonSet" ? (status?.desiredNumberScheduled ?? 0) : (spec?.replicas ?? 1);
}

/** A pod that is not ready serves nobody, so evicting it takes nothing away. */
function evictionLoss(pod: Workload, pods: readonly Workload[]): Loss {
  const siblings = pods.filter(ownedBy(controllerOf(pod)?.uid ?? ""));
  const ready = siblings.filter(isReady).length;
  return { desired: siblings.length, ready, lost: isReady(pod) ? 1 : 0 };
}

/** What a rollout may take away at once, as its controller computes it. */
function unavailableInRollout({ kind, spec }: Workload, desired: number): number {
  const strategy = kind === "Deployment" ? spec?.strategy : spec?.updateStrategy;
  if (strategy?.type === "Recreate" || strategy?.type === "OnDelete") return desired;
  if (kind !== "Deployment") return unavailableInOrder(strategy?.rollingUpdate, desired);
  const unavailable = scaled(strategy?.rollingUpdate?.maxUnavailable ?? "25%", desired, Math.floor);
  const surge = scaled(strategy?.rollingUpdate?.maxSurge ?? "25%", desired, Math.ceil);
  return surge === 0 ? Math.max(1, unavailable) : unavailable;
}

/** A StatefulSet takes at least one away at a time, and so does a DaemonSet that starts no pod ahead. */
function unavailableInOrder(rolling: RollingUpdate["rollingUpdate"], desired: number): number {
  const surge = scaled(rolling?.maxSurge ?? 0, desired, Math.ceil);
  if (surge > 0) return 0;
  return Math.max(1, scaled(rolling?.maxUnavailable ?? 1, desired, Math.floor));
}

function scaled(value: number | string, of: number, round: (x: number) => number): number {
  return typeof value === "number" ? value : round((Number.parseFloat(value) / 100) * of);
}

function budgetsHaveRoom(
  target: Workload,
  budgets: Extract<Facts["budgets"], { known: true }>["value"],
): Denial | null {
  const labels = target.kind === "Pod" ? target.metadata.labels : target.spec?.template?.metadata?.labels;
  const full = budgets.find(
    ({ spec, status }) => matchesSelector(spec?.selector, labels) && (status?.disruptionsAllowed ?? 0) < 1,
  );
  return full ? radius(`PodDisruptionBudget/${full.metadata.name} allows no disruption now.`) : null;
}
