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
export { type Connection, type ConnectOptions, connect } from "./connection.ts";
export { isKubeError, KubeError, type KubeErrorCode } from "./error.ts";
export { createEventRecorder } from "./event-recorder.ts";
export { createInstaller, type Installer } from "./installer.ts";
export { mayI } from "./may-i.ts";
export { nearestNames } from "./near-names.ts";
export type { KindRef, KubeObject, ManagedFieldsEntry, ObjectMeta, ObjectRef, OwnerReference } from "./object.ts";
export { createPreviewer } from "./previewer.ts";
export { createReader } from "./reader.ts";
export { createRecordWriter } from "./record-writer.ts";
export { createReviewer } from "./reviewer.ts";
export { createController, type Requeue } from "./runtime/controller.ts";
export { createLeaseElection, type LeaseDurations, type LeaseElection } from "./runtime/lease-election.ts";
export { createQueue, type Queue } from "./runtime/queue.ts";
export { createReflector, keyOf, type Reflector } from "./runtime/reflector.ts";
export type { Store } from "./runtime/store.ts";
export { whoAmI } from "./who-am-i.ts";
export { createWriter } from "./writer.ts";
