import { z } from "zod";
import { METRIC_NAMES } from "../backends/metric-queries.ts";
import { cursor, grep, kind, name, namespace, READ, selector, since } from "./common-parameters.ts";
import type { ToolDescriptor } from "./tool.ts";

const diagnose: ToolDescriptor = {
  name: "diagnose",
  title: "Diagnose",
  description:
    "Use first: what is wrong in a namespace, or around one object. Ranked root causes with evidence ids, what each explains, and a fix.",
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
    cursor,
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

const resourceRelations: ToolDescriptor = {
  name: "resource_relations",
  title: "Relations of a resource",
  description:
    "Use to see what an object is connected with, each with its state: owners, pods, services, configuration, volumes, access, quotas, webhooks.",
  input: z.strictObject({ kind, name, namespace }),
  role: "read",
  audience: "model",
  hints: READ,
};

const podLogs: ToolDescriptor = {
  name: "pod_logs",
  title: "Read a pod's log",
  description:
    "Use to see what containers said: lines clustered into templates with counts, and the lines around the first fatal one. previous: the run before the last restart.",
  input: z.strictObject({
    pod: name,
    namespace,
    container: name.describe("Default: all, the failing first.").optional(),
    previous: z.boolean().optional(),
    since,
    grep,
  }),
  role: "read",
  audience: "model",
  hints: READ,
};

const eventsTimeline: ToolDescriptor = {
  name: "events_timeline",
  title: "Timeline of events",
  description: "Use to see what happened when: events, counted, with the rollouts, edits and scalings between.",
  input: z.strictObject({ namespace, kind: kind.optional(), name: name.optional(), since, cursor }),
  role: "read",
  audience: "model",
  hints: READ,
};

const changesRecent: ToolDescriptor = {
  name: "changes_recent",
  title: "Recent changes",
  description: "Use to see what was changed, by whom, newest first: templates, configuration, scale.",
  input: z.strictObject({ namespace, kind: kind.optional(), name: name.optional(), since }),
  role: "read",
  audience: "model",
  hints: READ,
};

const metricsQuery: ToolDescriptor = {
  name: "metrics_query",
  title: "Query metrics",
  description:
    "Use to see CPU and memory of containers against requests and limits; with metric, its course over since.",
  input: z.strictObject({
    namespace,
    name: name.describe("Pod or workload.").optional(),
    metric: z.enum(METRIC_NAMES).optional(),
    since,
  }),
  role: "read",
  audience: "model",
  hints: READ,
};

const logsQuery: ToolDescriptor = {
  name: "logs_query",
  title: "Query stored logs",
  description: "Use to search stored logs, also of pods that are gone.",
  input: z.strictObject({
    namespace,
    pod: name.describe("Or its workload.").optional(),
    container: name.optional(),
    grep,
    since,
  }),
  role: "read",
  audience: "model",
  hints: READ,
};

const accessCheck: ToolDescriptor = {
  name: "access_check",
  title: "Check access",
  description: "Use to learn whether the requester, or a ServiceAccount, may do something, and by which rules.",
  input: z.strictObject({
    verb: z.string().min(1).max(32),
    resource: z.string().min(1).max(126).describe("For example pods/log."),
    name: name.optional(),
    namespace,
    serviceAccount: name.optional(),
  }),
  role: "read",
  audience: "model",
  hints: READ,
};

const evidenceRead: ToolDescriptor = {
  name: "evidence_read",
  title: "Read evidence",
  description: "Use to page or search inside an earlier large result by its evidence id.",
  input: z.strictObject({
    id: z
      .string()
      .max(20)
      .regex(/^ev-[0-9a-f]{10}$/),
    from: z.int().min(1).max(1_000_000).describe("First line.").optional(),
    lines: z.int().min(1).max(500).optional(),
    grep,
  }),
  role: "read",
  audience: "model",
  hints: READ,
};

/** Tools of the read role, in the order in which they are listed. */
export const READ_CATALOG: readonly ToolDescriptor[] = [
  diagnose,
  resourcesList,
  resourceGet,
  resourceRelations,
  podLogs,
  eventsTimeline,
  changesRecent,
  metricsQuery,
  logsQuery,
  accessCheck,
  evidenceRead,
];

/** Those that have something to ask: a tool without its backend would only cost tokens. */
export function offeredReadTools(backends: {
  readonly metrics: boolean;
  readonly logs: boolean;
}): readonly ToolDescriptor[] {
  const missing = new Set([...(backends.metrics ? [] : [metricsQuery]), ...(backends.logs ? [] : [logsQuery])]);
  return READ_CATALOG.filter((tool) => !missing.has(tool));
}
