export { changesOf, describeChange } from "./changes/changes-of.ts";
export { diffTemplates, type FieldChange } from "./changes/diff-templates.ts";
export { diagnose, REQUIRED_KINDS } from "./diagnose.ts";
export { health } from "./health.ts";
export { digestLog, renderDigest } from "./log/digest-log.ts";
export { isRemovedLog } from "./log/removed-log.ts";
export { logsWanted } from "./logs-wanted.ts";
export {
  ACCESS_KINDS,
  ADMISSION_KINDS,
  CONFIGURATION_KINDS,
  NETWORK_KINDS,
  type NeededKind,
  SCALING_KINDS,
  VOLUME_KINDS,
  WORKLOAD_KINDS,
} from "./needed-kinds.ts";
export { isCustom } from "./snapshot/custom-kind.ts";
export { eventMessage, eventTime } from "./snapshot/events.ts";
export { indexSnapshot, type SnapshotIndex } from "./snapshot/index-snapshot.ts";
export { isRecord, type Json, numberAt, objectAt, objectsAt, textAt } from "./snapshot/json.ts";
export { carriesAll, matchesSelector } from "./snapshot/label-selector.ts";
export { type ContainerState, containerStates } from "./snapshot/pod-state.ts";
export { podLabelsOf, podSpecOf } from "./snapshot/pod-template.ts";
export { quantity } from "./snapshot/quantity.ts";
export { type Reference, referencesOf } from "./snapshot/references.ts";
export type { LogRequest, PodLog, Snapshot, SnapshotMeta, SnapshotObject, SnapshotOwner } from "./snapshot/snapshot.ts";
