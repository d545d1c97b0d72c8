import { type Action, type Denial, deny } from "@sre-agent/crds";
import { type Facts, unavailable } from "../facts/facts.ts";
import { controllerOf, type Workload } from "../facts/workload.ts";
import type { Guard } from "./guard.ts";

/** Marks of tools that would put back what we change. */
const MANAGED_BY = [
  "argocd.argoproj.io/instance",
  "argocd.argoproj.io/tracking-id",
  "kustomize.toolkit.fluxcd.io/name",
  "helm.toolkit.fluxcd.io/name",
];

/** Controllers that bring another pod for one that is gone; a kubelet, which owns mirror pods, does not. */
const REPLACING = new Set(["ReplicaSet", "StatefulSet", "DaemonSet", "ReplicationController", "Job"]);

/** The target is the very object that was proposed, at the top of its owner chain, and no other tool holds it. */
export const targetOwned: Guard = (action, facts) => {
  if (!facts.target.known) return unavailable("the target", facts.target);
  const live = facts.target.value;
  const name = `${action.target.kind}/${action.target.name}`;
  if (live.metadata.uid !== action.target.uid) return deny("STALE", `${name} is another object than the one proposed.`);
  if (live.metadata.deletionTimestamp) return deny("TARGET_NOT_OURS", `${name} is being deleted.`);
  const mark = MANAGED_BY.find((key) => key in { ...live.metadata.labels, ...live.metadata.annotations });
  if (mark) return deny("TARGET_NOT_OURS", `${name} is managed from a repository (${mark}): change it there.`);
  return ownership(action, live, name) ?? autoscaled(action, facts, name);
};

function ownership(action: Action, live: Workload, name: string): Denial | null {
  const owner = controllerOf(live);
  if (action.type === "Evict") {
    return owner && REPLACING.has(owner.kind)
      ? null
      : deny("TARGET_NOT_OURS", `${name} has no controller that would bring another: nothing replaces it.`);
  }
  if (owner) return deny("TARGET_NOT_OURS", `${name} belongs to ${owner.kind}/${owner.name}.`);
  if (action.type !== "Scale" && live.spec?.updateStrategy?.type === "OnDelete") {
    return deny("TARGET_NOT_OURS", `${name} replaces its pods only when somebody deletes them (OnDelete).`);
  }
  return live.spec?.paused === true ? deny("TARGET_NOT_OURS", `${name} is paused by somebody.`) : null;
}

function autoscaled(action: Action, { autoscalers }: Facts, name: string): Denial | null {
  if (action.type !== "Scale") return null;
  if (!autoscalers.known) return unavailable("the HorizontalPodAutoscalers", autoscalers);
  const { kind, name: targetName } = action.target;
  const holder = autoscalers.value.find(
    ({ spec }) => spec.scaleTargetRef.kind === kind && spec.scaleTargetRef.name === targetName,
  );
  return holder
    ? deny("TARGET_NOT_OURS", `${name} is scaled by HorizontalPodAutoscaler/${holder.metadata.name}.`)
    : null;
}
