import { fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isSlip, nearestName } from "../../snapshot/nearest-name.ts";
import { podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import type { Explained } from "./creation-refused.ts";
import type { Refusal } from "./refusals.ts";

/** A pod template that names a ServiceAccount which is not there. */
export function missingServiceAccount(index: SnapshotIndex, { workload, message }: Refusal): Explained | undefined {
  const [, missing, sought] =
    /serviceaccount "([^"]+)" not found|error looking up service account \S+?\/([^:\s]+):/.exec(message) ?? [];
  const name = missing ?? sought;
  if (name === undefined) return undefined;
  const { namespace = "", name: own } = workload.metadata;
  const near = nearestName(
    name,
    index.inNamespace("ServiceAccount", namespace).map(({ metadata }) => metadata.name),
  );
  const path = `${podSpecPath(workload)}.serviceAccountName`;
  const hint = near === undefined ? "" : ` (${near} does)`;
  const edit = { path: `${podSpecPointer(workload)}/serviceAccountName`, from: name, to: near };
  return {
    analyzer: "missing-service-account",
    subject: workload,
    causeKey: [name],
    cause: `${workload.kind} ${own} runs as ServiceAccount ${name} (${path}), which does not exist in namespace ${namespace}${hint}`,
    evidence: [fromTenant(workload, path, name)],
    decide: `create ServiceAccount ${name}, or correct ${path}`,
    fix:
      near === undefined || !isSlip(name, near)
        ? undefined
        : patchFix(workload, [edit], `run as ServiceAccount ${near} instead of ${name}`),
  };
}
