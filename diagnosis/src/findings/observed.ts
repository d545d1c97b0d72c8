import type { Finding, FindingEvidence } from "@sre-agent/crds";
import type { SnapshotIndex } from "../snapshot/index-snapshot.ts";

/** Whether nothing but what people declared speaks for it: such a finding is gone as soon as they declare otherwise. */
export function restsOnSpecs(index: SnapshotIndex, { evidence }: Finding): boolean {
  return evidence.length > 0 && !evidence.some((row) => isObserved(index, row));
}

/** What a controller made of a template counts as observed: it follows the template later. */
function isObserved(index: SnapshotIndex, { object, path, writableBy }: FindingEvidence): boolean {
  if (writableBy === "control-plane" || path.startsWith("log[")) return true;
  const owners = index.byName(object.kind, object.namespace, object.name)?.metadata.ownerReferences ?? [];
  return owners.some(({ controller }) => controller === true);
}
