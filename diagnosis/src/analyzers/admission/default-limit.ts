import { fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { Explained } from "./creation-refused.ts";
import type { Refusal } from "./refusals.ts";

const ABOVE =
  /spec\.(containers|initContainers)\[(\d+)\]\.resources\.requests: Invalid value: "([^"]+)": must be less than or equal to (\S+) limit of ([^\s,\]]+)/;

/** A request above a limit that the template does not set: the default of a LimitRange. */
export function defaultLimit(index: SnapshotIndex, { workload, message }: Refusal): Explained | undefined {
  const [, list = "", position, request = "", resource = "", limit = ""] = ABOVE.exec(message) ?? [];
  const container = objectsAt(podSpecOf(workload), list)[Number(position)];
  const range = rangeOf(index, workload, { resource, limit });
  if (container === undefined || range === undefined) return undefined;
  if (valueAt(container, "resources", "limits", resource) !== undefined) return undefined;
  const name = textAt(container, "name") ?? "";
  const path = `${podSpecPath(workload)}.${list}[${name}].resources`;
  const where = `${workload.kind} ${workload.metadata.name}`;
  const field = `spec.limits[Container].default.${resource}`;
  return {
    analyzer: "limit-range",
    subject: workload,
    causeKey: ["default", name, resource],
    cause: `container ${name} of ${where} requests ${resource} ${request} and sets no limit (${path}), so that LimitRange ${range.metadata.name} gives it the limit ${limit} (${field}), below its request`,
    evidence: [fromTenant(workload, `${path}.requests.${resource}`, request), fromTenant(range, field, limit)],
    decide: `set ${path}.limits.${resource} to ${request} or more, or raise ${field} of LimitRange ${range.metadata.name}`,
  };
}

interface Default {
  readonly resource: string;
  readonly limit: string;
}

function rangeOf(index: SnapshotIndex, { metadata }: SnapshotObject, { resource, limit }: Default) {
  return index
    .inNamespace("LimitRange", metadata.namespace ?? "")
    .find((range) =>
      objectsAt(range, "spec", "limits").some(
        (one) => one["type"] === "Container" && valueAt(one, "default", resource) === limit,
      ),
    );
}
