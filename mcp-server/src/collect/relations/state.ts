import {
  containerStates,
  health,
  numberAt,
  objectAt,
  objectsAt,
  type SnapshotIndex,
  type SnapshotObject,
  textAt,
} from "@sre-agent/diagnosis";

type State = (object: SnapshotObject, index: SnapshotIndex) => string;

const workload: State = (object, index) => health(index, object).message;

const phase: State = (object) => textAt(object, "status", "phase") ?? "no phase";

const pod: State = (object) => {
  const states = containerStates(object);
  const stuck = states.find(({ waiting }) => waiting !== undefined)?.waiting?.reason;
  const restarts = states.reduce((sum, each) => sum + each.restarts, 0);
  const main = states.filter(({ init }) => !init);
  const ready = `${main.filter((each) => each.ready).length}/${main.length} ready`;
  const going = object.metadata.deletionTimestamp === undefined ? "" : ", terminating";
  return `${stuck ?? phase(object, undefined as never)}, ${ready}${restarts === 0 ? "" : `, ${restarts} restarts`}${going}`;
};

const autoscaler: State = (object) => {
  const bad = objectsAt(object, "status", "conditions").find(
    ({ type, status }) =>
      (type === "ScalingActive" && status !== "True") || (type === "ScalingLimited" && status === "True"),
  );
  const range = `${numberAt(object, "spec", "minReplicas") ?? 1} to ${numberAt(object, "spec", "maxReplicas")}`;
  const reason = bad === undefined ? "" : `, ${textAt(bad, "type")} ${textAt(bad, "status")}: ${textAt(bad, "reason")}`;
  return `${range}, wants ${numberAt(object, "status", "desiredReplicas") ?? 0}${reason}`;
};

const budget: State = (object) => {
  const { minAvailable, maxUnavailable } = objectAt(object, "spec");
  const rule = minAvailable === undefined ? `maxUnavailable ${maxUnavailable}` : `minAvailable ${minAvailable}`;
  return `${rule}, allows ${numberAt(object, "status", "disruptionsAllowed") ?? 0} disruptions`;
};

const job: State = (object) => {
  const count = (name: string) => numberAt(object, "status", name) ?? 0;
  return `${count("succeeded")} succeeded, ${count("failed")} failed, ${count("active")} active`;
};

/** Kinds without conditions of their own, and those of which other fields say more. */
const STATES: Readonly<Record<string, State>> = {
  Deployment: workload,
  ReplicaSet: workload,
  StatefulSet: workload,
  DaemonSet: workload,
  Pod: pod,
  Job: job,
  CronJob: (object) =>
    `${textAt(object, "spec", "schedule")}${objectAt(object, "spec")["suspend"] === true ? ", suspended" : ""}`,
  PersistentVolumeClaim: phase,
  PersistentVolume: phase,
  Namespace: phase,
  HorizontalPodAutoscaler: autoscaler,
  PodDisruptionBudget: budget,
  Service: (object) => textAt(object, "spec", "type") ?? "ClusterIP",
};

/** How an object is, in a few words; empty where nothing says it. */
export function stateOf(index: SnapshotIndex, object: SnapshotObject): string {
  const known = STATES[object.kind];
  if (known !== undefined) return known(object, index);
  const conditions = objectsAt(object, "status", "conditions");
  const ready = conditions.find(({ type }) => type === "Ready" || type === "Available") ?? conditions[0];
  return ready === undefined ? "" : `${textAt(ready, "type")} ${textAt(ready, "status")}`;
}

/** `Deployment/web (3 of 3 available)`. */
export function shown(index: SnapshotIndex, object: SnapshotObject): string {
  const state = stateOf(index, object);
  return `${object.kind}/${object.metadata.name}${state === "" ? "" : ` (${state})`}`;
}
