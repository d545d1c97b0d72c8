import { type AccessDependencies, createAccessCheck } from "../tools/access-check.ts";
import { createChangesRecent } from "../tools/changes-recent.ts";
import { createDiagnose } from "../tools/diagnose.ts";
import { createEventsTimeline } from "../tools/events-timeline.ts";
import { createEvidenceRead } from "../tools/evidence-read.ts";
import { createLogsQuery, type LogsDependencies } from "../tools/logs-query.ts";
import { createMetricsQuery, type MetricsDependencies } from "../tools/metrics-query.ts";
import { createPodLogs } from "../tools/pod-logs.ts";
import { offeredReadTools } from "../tools/read-catalog.ts";
import { createResourceGet, type ResourceGetDependencies } from "../tools/resource-get.ts";
import { createResourceRelations } from "../tools/resource-relations.ts";
import { createResourcesList } from "../tools/resources-list.ts";
import type { Tool } from "../tools/tool.ts";
import { bind } from "./tools.ts";

export type ReadToolDependencies = ResourceGetDependencies &
  AccessDependencies &
  MetricsDependencies &
  LogsDependencies & {
    /** False where the cluster is known to serve no metrics API. */
    readonly metricsApi?: boolean;
  };

/** The tools of the read role. Nothing that this file reaches can write to a cluster. */
export function readTools(dependencies: ReadToolDependencies): readonly Tool[] {
  const { prometheus, loki, metricsApi = true } = dependencies;
  const offered = offeredReadTools({ metrics: metricsApi || prometheus !== undefined, logs: loki !== undefined });
  return bind(offered, {
    diagnose: createDiagnose(dependencies),
    resources_list: createResourcesList(dependencies),
    resource_get: createResourceGet(dependencies),
    resource_relations: createResourceRelations(dependencies),
    pod_logs: createPodLogs(dependencies),
    events_timeline: createEventsTimeline(dependencies),
    changes_recent: createChangesRecent(dependencies),
    metrics_query: createMetricsQuery(dependencies),
    logs_query: createLogsQuery(dependencies),
    access_check: createAccessCheck(dependencies),
    evidence_read: createEvidenceRead(),
  });
}
