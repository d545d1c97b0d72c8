import { createChangesRecent } from "../tools/changes-recent.ts";
import { createDiagnose } from "../tools/diagnose.ts";
import { createEventsTimeline } from "../tools/events-timeline.ts";
import { createEvidenceRead } from "../tools/evidence-read.ts";
import { createPodLogs } from "../tools/pod-logs.ts";
import { READ_CATALOG } from "../tools/read-catalog.ts";
import { createResourceGet, type ResourceGetDependencies } from "../tools/resource-get.ts";
import { createResourceRelations } from "../tools/resource-relations.ts";
import { createResourcesList } from "../tools/resources-list.ts";
import type { Tool } from "../tools/tool.ts";
import { bind } from "./tools.ts";

/** The tools of the read role. Nothing that this file reaches can write to a cluster. */
export function readTools(dependencies: ResourceGetDependencies): readonly Tool[] {
  return bind(READ_CATALOG, {
    diagnose: createDiagnose(dependencies),
    resources_list: createResourcesList(dependencies),
    resource_get: createResourceGet(dependencies),
    resource_relations: createResourceRelations(dependencies),
    pod_logs: createPodLogs(dependencies),
    events_timeline: createEventsTimeline(dependencies),
    changes_recent: createChangesRecent(dependencies),
    evidence_read: createEvidenceRead(),
  });
}
