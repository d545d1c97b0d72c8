import { ACTIONS } from "@sre-agent/crds";
import { z } from "zod";
import { EXECUTE, name, namespace, PROPOSE, READ } from "./common-parameters.ts";
import type { ToolDescriptor } from "./tool.ts";

const proposal = {
  namespace,
  name,
  reason: z.string().max(1000).describe("Why, for the person who approves.").optional(),
  evidence: z.array(z.string().max(80)).max(20).describe("Evidence ids it rests on.").optional(),
};

const workloadRollback: ToolDescriptor = {
  name: ACTIONS.Rollback.tool,
  title: ACTIONS.Rollback.title,
  description:
    "Use to propose the return to an earlier revision when the newest one is the cause. Records the change with its diff for approval; changes nothing by itself.",
  input: z.strictObject({
    ...proposal,
    kind: z.enum(["Deployment", "StatefulSet", "DaemonSet"]).optional(),
    toRevision: z.int().min(1).max(1_000_000).describe("Default: the newest earlier one that differs.").optional(),
  }),
  role: "act",
  audience: "model",
  hints: PROPOSE,
};

const workloadRestart: ToolDescriptor = {
  name: ACTIONS.Restart.tool,
  title: ACTIONS.Restart.title,
  description:
    "Use to propose a rolling restart when pods hang or hold stale configuration. Records the change for approval; changes nothing by itself.",
  input: z.strictObject({ ...proposal, kind: z.enum(["Deployment", "StatefulSet", "DaemonSet"]).optional() }),
  role: "act",
  audience: "model",
  hints: PROPOSE,
};

const workloadScale: ToolDescriptor = {
  name: ACTIONS.Scale.tool,
  title: ACTIONS.Scale.title,
  description:
    "Use to propose another replica count, never zero; from zero it goes back to the last recorded count. Records the change for approval; changes nothing by itself.",
  input: z.strictObject({
    ...proposal,
    kind: z.enum(["Deployment", "StatefulSet"]).optional(),
    replicas: z.int().min(1).max(10_000).describe("Not needed at zero.").optional(),
  }),
  role: "act",
  audience: "model",
  hints: PROPOSE,
};

const podEvict: ToolDescriptor = {
  name: ACTIONS.Evict.tool,
  title: ACTIONS.Evict.title,
  description:
    "Use to propose the eviction of one pod that its controller should replace; disruption budgets hold. Records the change for approval; changes nothing by itself.",
  input: z.strictObject(proposal),
  role: "act",
  audience: "model",
  hints: PROPOSE,
};

const remediationGet: ToolDescriptor = {
  name: "remediation_get",
  title: "Read a remediation",
  description: "Use to see a recorded change: summary, diff, digest, phase, outcome, and the command that approves it.",
  input: z.strictObject({ namespace: namespace.unwrap(), name }),
  role: "act",
  audience: "client",
  hints: READ,
};

const remediationExecute: ToolDescriptor = {
  name: "remediation_execute",
  title: "Execute a remediation",
  description:
    "Use to have an approved change carried out. Permits nothing by itself; repeat it until the receipt has an outcome.",
  input: z.strictObject({
    namespace: namespace.unwrap(),
    name,
    digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
  }),
  role: "act",
  audience: "client",
  hints: EXECUTE,
};

const remediationUndo: ToolDescriptor = {
  name: "remediation_undo",
  title: "Undo a remediation",
  description:
    "Use to propose that an ended change be taken back: its recorded inverse becomes a remediation of its own. Refused when the target changed since; changes nothing by itself.",
  input: z.strictObject({ namespace: namespace.unwrap(), name }),
  role: "act",
  audience: "client",
  hints: PROPOSE,
};

/** Tools of the act role, in the order in which they are listed. */
export const ACT_CATALOG: readonly ToolDescriptor[] = [
  workloadRollback,
  workloadRestart,
  workloadScale,
  podEvict,
  remediationGet,
  remediationExecute,
  remediationUndo,
];
