import type { Fix } from "@sre-agent/crds";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, type FieldEdit, patchFix } from "../../findings/fix.ts";
import { reachingPods } from "../../findings/reaching-pods.ts";
import { health, outageSeverity } from "../../health.ts";
import { containerPlaces } from "../../snapshot/container-place.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { valueAt } from "../../snapshot/json.ts";
import { quantity } from "../../snapshot/quantity.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

const WORKLOADS = ["Deployment", "StatefulSet", "DaemonSet", "Job", "Pod"];
/** No process starts in less. */
const LEAST_BYTES = 2 ** 20;

/**
 * Unwell workloads with a memory limit of less than a mebibyte: `128m` is a part of a byte, `128` are bytes. The kubelet
 * sizes the volumes of a pod by it as well, so that what is reported may be a full disk.
 */
export function unmeantQuantity(index: SnapshotIndex): readonly Draft[] {
  return WORKLOADS.flatMap((kind) => index.ofKind(kind))
    .filter((workload) => index.rootOf(workload) === workload && health(index, workload).severity > 0)
    .flatMap((workload) =>
      limitsOf(workload)
        .slice(0, 1)
        .map((limit) => limitFinding(index, workload, limit)),
    );
}

interface Limit {
  readonly container: string;
  readonly value: string;
  readonly field: string;
  readonly pointer: string;
}

function limitsOf(workload: SnapshotObject): readonly Limit[] {
  return containerPlaces(workload).flatMap(({ container, name, path, pointer }) => {
    const value = valueAt(container, "resources", "limits", "memory");
    const bytes = quantity(value);
    if (bytes === undefined || bytes >= LEAST_BYTES) return [];
    const at = { field: `${path}.resources.limits.memory`, pointer: `${pointer}/resources/limits/memory` };
    return [{ ...at, container: name, value: String(value) }];
  });
}

function limitFinding(index: SnapshotIndex, workload: SnapshotObject, limit: Limit): Draft {
  const { container, value, field } = limit;
  const means = value.endsWith("m") ? "m stands for thousandths, which is less than a byte" : `that is ${value} bytes`;
  return draft({
    analyzer: "unmeant-quantity",
    layer: "setting",
    severity: outageSeverity(index, workload),
    subject: workload,
    causeKey: [container, "memory"],
    cause: `${field} is ${value}: ${means}, and neither container ${container} nor the volumes of its pod, which the kubelet sizes by it, can live in that`,
    symptom: `container ${container} may use ${value} of memory`,
    evidence: [fromTenant(workload, field, value)],
    fix: reachingPods(index, workload, limitFix(workload, limit)),
  });
}

/** Thousandths of a byte are never meant, mebibytes are. */
function limitFix(workload: SnapshotObject, { value, field, pointer }: Limit): Fix {
  const [, digits, milli] = /^(\d+)(m?)$/.exec(value) ?? [];
  if (!milli || workload.kind === "Pod" || workload.kind === "Job")
    return decision(`set ${field} to what was meant${digits === undefined ? "" : ` (${digits}Mi?)`}`);
  const edit: FieldEdit = { path: pointer, from: value, to: `${digits}Mi` };
  return patchFix(workload, [edit], `set ${field} to ${digits}Mi: ${value} is less than a byte`);
}
