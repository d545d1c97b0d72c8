import { numberOf } from "../json.ts";
import { type KubeObject, keyOf } from "../object.ts";
import { builtIn } from "../resources/built-in.ts";
import { type Context, type Controller, controllerOf, writeObject, writeStatus } from "./context.ts";
import { createProgressClock, type ProgressClock } from "./deployment-progress.ts";
import { deploymentStatus } from "./deployment-status.ts";
import { findNew, newReplicaSet, revisionOf, withRevision } from "./revisions.ts";
import { isRecreate, plan, type Scaling } from "./rollout-plan.ts";

const DEPLOYMENT = builtIn("Deployment");
const REPLICA_SET = builtIn("ReplicaSet");
const POD = builtIn("Pod");
const MANAGER = "kube-controller-manager";
const COMPONENT = "deployment-controller";

interface State {
  readonly context: Context;
  readonly progress: ProgressClock;
}

/** Rolls Deployments from one ReplicaSet to the next, with revisions, surge, history and conditions. */
export function createDeploymentController(context: Context): Controller {
  const state: State = { context, progress: createProgressClock(context) };
  return {
    reconcile() {
      const deadlines = context.registry.store
        .list(DEPLOYMENT.storage)
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .filter((deployment) => !isStill(state, deployment))
        .map((deployment) => reconcileOne(state, deployment));
      return Math.min(Number.POSITIVE_INFINITY, ...deadlines);
    },
  };
}

function isStill(state: State, deployment: KubeObject): boolean {
  const owned = ownedBy(state, deployment).map(({ metadata, spec, status }) => [
    metadata.uid,
    spec?.["replicas"],
    status,
  ]);
  return state.context.stillness.holds("deployment", deployment, [deployment.spec, owned]);
}

function isIdle(replicaSet: KubeObject): boolean {
  return numberOf(replicaSet.spec?.["replicas"]) === 0 && numberOf(replicaSet.status?.["replicas"]) === 0;
}

function ownedBy(state: State, deployment: KubeObject): readonly KubeObject[] {
  return state.context.registry.store
    .list(REPLICA_SET.storage, deployment.metadata.namespace)
    .filter((replicaSet) => controllerOf(replicaSet)?.uid === deployment.metadata.uid);
}

function reconcileOne(state: State, deployment: KubeObject): number {
  const isPaused = deployment.spec?.["paused"] === true;
  const current = isPaused ? findNew(deployment, ownedBy(state, deployment)) : ensureNew(state, deployment);
  if (!isPaused && current !== undefined) rollOut(state, deployment, current);
  const owned = ownedBy(state, deployment);
  const { timedOut, deadline } = state.progress.observe(deployment, owned);
  const now = state.context.registry.store.get(DEPLOYMENT.storage, keyOf(deployment)) ?? deployment;
  const status = deploymentStatus({ deployment: now, current, owned, timedOut, nowMs: state.context.clock.now() });
  writeStatus(state.context, { resource: DEPLOYMENT, object: now, manager: MANAGER, status });
  if (current !== undefined && !isPaused) forgetOldRevisions(state, deployment, current);
  return deadline;
}

/** The ReplicaSet of the present template, reused or new, with the highest revision. */
function ensureNew(state: State, deployment: KubeObject): KubeObject {
  const owned = ownedBy(state, deployment);
  const found = findNew(deployment, owned);
  const others = owned.filter((replicaSet) => replicaSet !== found);
  const revision = Math.max(0, ...others.map(revisionOf)) + 1;
  const wanted = found !== undefined && revisionOf(found) >= revision ? revisionOf(found) : revision;
  annotateDeployment(state, deployment, wanted);
  if (found !== undefined) return annotateReplicaSet(state, found, wanted);
  const created = newReplicaSet(deployment, wanted);
  return state.context.registry.create(REPLICA_SET, created, { manager: MANAGER });
}

function annotateDeployment(state: State, deployment: KubeObject, revision: number): void {
  writeObject(state.context, { resource: DEPLOYMENT, object: deployment, manager: MANAGER }, (now) =>
    withRevision(now, revision),
  );
}

function annotateReplicaSet(state: State, replicaSet: KubeObject, revision: number): KubeObject {
  const write = { resource: REPLICA_SET, object: replicaSet, manager: MANAGER };
  return writeObject(state.context, write, (now) => withRevision(now, revision)) ?? replicaSet;
}

function rollOut(state: State, deployment: KubeObject, current: KubeObject): void {
  const others = ownedBy(state, deployment).filter((each) => each.metadata.uid !== current.metadata.uid);
  if (isRecreate(deployment) && hasPods(state, others)) {
    for (const other of others) scale(state, deployment, { replicaSet: other, to: 0 });
    return;
  }
  for (const step of plan(deployment, current, others)) scale(state, deployment, step);
}

/** A pod that is being stopped counts: Recreate waits until it is gone. */
function hasPods(state: State, replicaSets: readonly KubeObject[]): boolean {
  const uids = new Set(replicaSets.map(({ metadata }) => metadata.uid));
  return state.context.registry.store.list(POD.storage).some((pod) => uids.has(controllerOf(pod)?.uid ?? ""));
}

function scale(state: State, deployment: KubeObject, { replicaSet, to }: Scaling): void {
  const from = numberOf(replicaSet.spec?.["replicas"]);
  if (from === to) return;
  const write = { resource: REPLICA_SET, object: replicaSet, manager: MANAGER };
  writeObject(state.context, write, (now) => ({ ...now, spec: { ...now.spec, replicas: to } }));
  const message = `Scaled ${to > from ? "up" : "down"} replica set ${replicaSet.metadata.name} from ${from} to ${to}`;
  state.context.events.write({
    about: deployment,
    type: "Normal",
    reason: "ScalingReplicaSet",
    message,
    component: COMPONENT,
  });
}

function forgetOldRevisions(state: State, deployment: KubeObject, current: KubeObject): void {
  const idle = ownedBy(state, deployment)
    .filter((each) => each.metadata.uid !== current.metadata.uid && isIdle(each))
    .toSorted((a, b) => revisionOf(a) - revisionOf(b));
  const surplus = idle.length - numberOf(deployment.spec?.["revisionHistoryLimit"]);
  for (const replicaSet of idle.slice(0, Math.max(0, surplus)))
    state.context.registry.delete(REPLICA_SET, keyOf(replicaSet), {});
}
