export type {
  AccessQuestion,
  BoundedList,
  CallOptions,
  EventRecorder,
  JsonPatch,
  ListOptions,
  LogOptions,
  NewObject,
  Page,
  Previewer,
  Reader,
  RecordWriter,
  ResourceType,
  Reviewer,
  Table,
  UserInfo,
  Writer,
} from "./access.ts";
export { type Clock, systemClock } from "./clock.ts";
export { type Connection, type ConnectOptions, connect, type InClusterFiles } from "./connection.ts";
export { isKubeError, KubeError, type KubeErrorCode, type KubeErrorDetails } from "./error.ts";
export type { KindRef, KubeObject, ManagedFieldsEntry, ObjectMeta, ObjectRef, OwnerReference } from "./object.ts";
export { createPreviewer } from "./previewer.ts";
export { createReader } from "./reader.ts";
export { createRecordWriter } from "./record-writer.ts";
export { createReviewer } from "./reviewer.ts";
export { createWriter } from "./writer.ts";
