import type { z } from "zod";
import {
  ACTION_TYPES,
  type ActionType,
  evictParameters,
  restartParameters,
  rollbackParameters,
  scaleParameters,
} from "./action.ts";

/** reversible-small may go up to auto, reversible-large up to approve; there is no third class, since nothing else is done. */
export type ActionClass = "reversible-small" | "reversible-large";

/** The write an action makes, as authorization sees it. */
export interface ActionWrite {
  readonly verb: "patch" | "create";
  readonly group: string;
  /** Plural; with subresource as in RBAC: `pods/eviction`. */
  readonly resource: string;
}

export interface ActionDefinition {
  readonly type: ActionType;
  /** MCP tool by which it is proposed. */
  readonly tool: string;
  readonly title: string;
  readonly description: string;
  /** Kinds it applies to, with the write each takes. */
  readonly writes: Readonly<Record<string, ActionWrite>>;
  readonly apiVersion: string;
  readonly parameters: z.ZodType;
  /** The class at its largest; Scale upwards within half of the current count is the smaller one. */
  readonly actionClass: ActionClass;
  /** `action`: an Action of the grammar undoes it. `none`: nothing of the spec changes, so nothing is to undo. */
  readonly inverse: "action" | "none";
}

const patchOf = (resource: string): ActionWrite => ({ verb: "patch", group: "apps", resource });

/** The one registry from which tools, RBAC, admission policy, ledger and documentation derive. */
export const ACTIONS: Readonly<Record<ActionType, ActionDefinition>> = {
  Rollback: {
    type: "Rollback",
    tool: "workload_rollback",
    title: "Roll back a workload",
    description: "Returns the pod template to a recorded revision.",
    writes: {
      Deployment: patchOf("deployments"),
      StatefulSet: patchOf("statefulsets"),
      DaemonSet: patchOf("daemonsets"),
    },
    apiVersion: "apps/v1",
    parameters: rollbackParameters,
    actionClass: "reversible-large",
    inverse: "action",
  },
  Restart: {
    type: "Restart",
    tool: "workload_restart",
    title: "Restart a workload",
    description: "Replaces the pods one after the other, as kubectl rollout restart does.",
    writes: {
      Deployment: patchOf("deployments"),
      StatefulSet: patchOf("statefulsets"),
      DaemonSet: patchOf("daemonsets"),
    },
    apiVersion: "apps/v1",
    parameters: restartParameters,
    actionClass: "reversible-small",
    inverse: "none",
  },
  Scale: {
    type: "Scale",
    tool: "workload_scale",
    title: "Scale a workload",
    description: "Sets the replica count, never to zero; from zero back to the last recorded count.",
    writes: { Deployment: patchOf("deployments"), StatefulSet: patchOf("statefulsets") },
    apiVersion: "apps/v1",
    parameters: scaleParameters,
    actionClass: "reversible-large",
    inverse: "action",
  },
  Evict: {
    type: "Evict",
    tool: "pod_evict",
    title: "Evict a pod",
    description: "Evicts one pod through the eviction API, so that PodDisruptionBudgets hold.",
    writes: { Pod: { verb: "create", group: "", resource: "pods/eviction" } },
    apiVersion: "v1",
    parameters: evictParameters,
    actionClass: "reversible-small",
    inverse: "none",
  },
};

/** Kinds that some action can target. */
export const ACTIONABLE_KINDS = ["Deployment", "StatefulSet", "DaemonSet", "Pod"] as const;

/** The write that `type` makes on `kind`, or undefined when it does not apply to that kind. */
export function writeOf(type: ActionType, kind: string): ActionWrite | undefined {
  return ACTIONS[type].writes[kind];
}

/** The action type behind an MCP tool name. */
export function actionOfTool(tool: string): ActionType | undefined {
  return ACTION_TYPES.find((type) => ACTIONS[type].tool === tool);
}
