import { createDiagnose } from "../tools/diagnose.ts";
import { createEvidenceRead } from "../tools/evidence-read.ts";
import { createPodLogs } from "../tools/pod-logs.ts";
import { READ_CATALOG } from "../tools/read-catalog.ts";
import { createResourceGet, type ResourceGetDependencies } from "../tools/resource-get.ts";
import { createResourcesList } from "../tools/resources-list.ts";
import type { Tool } from "../tools/tool.ts";
import { bind } from "./tools.ts";

/** The tools of the read role. Nothing that this file reaches can write to a cluster. */
export function readTools(dependencies: ResourceGetDependencies): readonly Tool[] {
  return bind(READ_CATALOG, {
    diagnose: createDiagnose(dependencies),
    resources_list: createResourcesList(dependencies),
    resource_get: createResourceGet(dependencies),
    pod_logs: createPodLogs(dependencies),
    evidence_read: createEvidenceRead(),
  });
}
