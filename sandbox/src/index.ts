export type { Attributes, Rule } from "./access/authorizer.ts";
export { type Clock, createManualClock, type ManualClock } from "./clock.ts";
export type {
  BehaviourRule,
  ContainerLog,
  Incident,
  Match,
  Outcome,
  TimelineStep,
  Timing,
} from "./incidents/incident.ts";
export { INCIDENTS } from "./incidents/incidents.ts";
export type { Manifest } from "./object.ts";
export type { Recording } from "./recording/recording.ts";
export { type Sandbox, type SandboxOptions, startSandbox } from "./sandbox.ts";
