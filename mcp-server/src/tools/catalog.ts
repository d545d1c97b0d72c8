import { ACTIONS } from "@sre-agent/crds";
import { z } from "zod";
import type { ToolDescriptor } from "./tool.ts";

/** Every tool, in the order in which it is listed. List, call, guards, documentation and RBAC derive from this one list. */

const READ = { readOnly: true, destructive: false, idempotent: true, openWorld: false } as const;
const PROPOSE = { readOnly: false, destructive: false, idempotent: true, openWorld: false } as const;
const EXECUTE = { readOnly: false, destructive: true, idempotent: true, openWorld: false } as const;

const namespace = z.string().min(1).max(63).describe("Default: the run's, or the kubeconfig's.").optional();
const name = z.string().min(1).max(253);
const kind = z.string().min(1).max(63);
const selector = z.string().max(512).describe("For example app=web,tier!=db.").optional();

const diagnose: ToolDescriptor = {
  name: "diagnose",
  title: "Diagnose",
  description:
    "Use first: what is wrong in a namespace, or around one object. Ranked root causes with evidence ids, what each explains, and a typed fix. Then confirm with resource_get or pod_logs.",
  input: z.strictObject({
    namespace,
    kind: kind.describe("With name: look around this object first.").optional(),
    name: name.optional(),
    allNamespaces: z.boolean().optional(),
  }),
  role: "read",
  audience: "model",
  hints: READ,
};

const resourcesList: ToolDescriptor = {
  name: "resources_list",
  title: "List resources",
  description:
    "Use to see which objects of a kind exist and their state, as kubectl get shows it. Rows that are alike share a line. Narrow with onlyUnhealthy or labelSelector.",
  input: z.strictObject({
    kind: kind.describe("Any kind, plural or short name: Pod, deploy, sreinv."),
    namespace,
    allNamespaces: z.boolean().optional(),
    labelSelector: selector,
    onlyUnhealthy: z.boolean().optional(),
    cursor: z.string().max(2048).describe("From the reply before.").optional(),
  }),
  role: "read",
  audience: "model",
  hints: READ,
};

const resourceGet: ToolDescriptor = {
  name: "resource_get",
  title: "Read a resource",
  description:
    "Use to read one object: status first, then spec, without secrets and noise. Narrow a large one with fields.",
  input: z.strictObject({
    kind,
    name,
    namespace,
    fields: z.array(z.string().min(1).max(256)).max(20).describe("For example status, spec.template.spec.").optional(),
  }),
  role: "read",
  audience: "model",
  hints: READ,
};

const podLogs: ToolDescriptor = {
  name: "pod_logs",
  title: "Read a pod's log",
  description:
    "Use to see what a container said: lines clustered into templates with counts, and the lines around the first fatal one. previous: the run before the last restart.",
  input: z.strictObject({
    pod: name,
    namespace,
    container: name.describe("Default: the only one.").optional(),
    previous: z.boolean().optional(),
    since: z
      .string()
      .regex(/^[1-9]\d{0,4}(s|m|h)$/)
      .describe("For example 15m.")
      .optional(),
    grep: z.string().min(1).max(128).describe("Only lines with this text.").optional(),
  }),
  role: "read",
  audience: "model",
  hints: READ,
};

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
    kind: z.enum(["Deployment"]).optional(),
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
    "Use to propose another replica count, never zero. Records the change for approval; changes nothing by itself.",
  input: z.strictObject({
    ...proposal,
    kind: z.enum(["Deployment", "StatefulSet"]).optional(),
    replicas: z.int().min(1).max(10_000),
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

export const CATALOG: readonly ToolDescriptor[] = [
  diagnose,
  resourcesList,
  resourceGet,
  podLogs,
  workloadRollback,
  workloadRestart,
  workloadScale,
  podEvict,
  remediationGet,
  remediationExecute,
];
