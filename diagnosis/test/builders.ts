import type { PodLog, Snapshot, SnapshotObject } from "../src/index.ts";

/** Compact objects for tests: what a fixture does not say is healthy. */
const NOW = "2026-03-01T12:00:00Z";

export function minutesAgo(minutes: number): string {
  return new Date(Date.parse(NOW) - minutes * 60_000).toISOString();
}

export function snapshot(objects: readonly SnapshotObject[], logs: readonly PodLog[] = []): Snapshot {
  return { now: NOW, namespaces: ["shop"], objects, logs, gaps: [] };
}

export type Fields = Readonly<Record<string, unknown>>;

export interface PodParts {
  readonly state?: Fields;
  readonly lastState?: Fields;
  readonly restarts?: number;
  readonly ready?: boolean;
  readonly phase?: string;
  readonly createdAt?: string;
  readonly conditions?: readonly Fields[];
  readonly init?: boolean;
}

export interface RevisionParts {
  readonly container?: Fields;
  readonly pods?: readonly PodParts[];
  readonly replicas?: number;
  readonly createdAt?: string;
}

export interface WorkloadParts {
  readonly name?: string;
  readonly replicas?: number;
  readonly conditions?: readonly Fields[];
  readonly available?: number;
}

function meta(name: string, owner?: SnapshotObject, createdAt = minutesAgo(60)) {
  return {
    name,
    namespace: "shop",
    uid: `uid-${name}`,
    generation: 1,
    creationTimestamp: createdAt,
    ...(owner
      ? {
          ownerReferences: [
            {
              apiVersion: owner.apiVersion,
              kind: owner.kind,
              name: owner.metadata.name,
              uid: `uid-${owner.metadata.name}`,
              controller: true,
            },
          ],
        }
      : {}),
  };
}

/** A Deployment with its ReplicaSets, oldest revision first, and their pods. */
export function deployment(revisions: readonly RevisionParts[], parts: WorkloadParts = {}): SnapshotObject[] {
  const { name = "web" } = parts;
  const pods = revisions.flatMap((revision) => revision.pods ?? []);
  const ready = pods.filter((pod) => pod.ready ?? pod.state === undefined).length;
  const newest = revisions.at(-1);
  const owner: SnapshotObject = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta(name),
    spec: { replicas: parts.replicas ?? 1, template: template(newest) },
    status: {
      observedGeneration: 1,
      replicas: pods.length,
      updatedReplicas: newest?.pods?.length ?? 0,
      readyReplicas: ready,
      availableReplicas: parts.available ?? ready,
      conditions: parts.conditions ?? [],
    },
  };
  return [owner, ...revisions.flatMap((revision, position) => replicaSet(owner, revision, position + 1))];
}

function template(revision: RevisionParts | undefined) {
  return { spec: { restartPolicy: "Always", containers: [{ name: "web", image: "app:1", ...revision?.container }] } };
}

function replicaSet(owner: SnapshotObject, revision: RevisionParts, number: number): SnapshotObject[] {
  const pods = revision.pods ?? [];
  const ready = pods.filter((pod) => pod.ready ?? pod.state === undefined).length;
  const set: SnapshotObject = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      ...meta(`${owner.metadata.name}-r${number}`, owner, revision.createdAt ?? minutesAgo(60 - number)),
      annotations: { "deployment.kubernetes.io/revision": String(number) },
    },
    spec: { replicas: revision.replicas ?? pods.length, template: template(revision) },
    status: { replicas: pods.length, readyReplicas: ready },
  };
  return [
    set,
    ...pods.map((parts, position) =>
      pod(`${set.metadata.name}-${position}`, { ...parts, owner: set, container: revision.container ?? {} }),
    ),
  ];
}

export interface OwnedPodParts extends PodParts {
  readonly owner?: SnapshotObject;
  readonly container?: Fields;
  readonly restartPolicy?: string;
}

export function pod(name: string, parts: OwnedPodParts = {}): SnapshotObject {
  const running = { running: { startedAt: minutesAgo(50) } };
  const ready = parts.ready ?? parts.state === undefined;
  const status = {
    name: "web",
    ready,
    restartCount: parts.restarts ?? 0,
    state: parts.state ?? running,
    lastState: parts.lastState ?? {},
  };
  const spec = template({ container: parts.container ?? {} }).spec;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: meta(name, parts.owner, parts.createdAt ?? minutesAgo(50)),
    spec: { ...spec, restartPolicy: parts.restartPolicy ?? "Always" },
    status: {
      phase: parts.phase ?? "Running",
      conditions: parts.conditions ?? [{ type: "Ready", status: ready ? "True" : "False" }],
      [parts.init ? "initContainerStatuses" : "containerStatuses"]: [status],
    },
  };
}

export function event(about: { readonly kind: string; readonly name: string }, fields: Fields): SnapshotObject {
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: meta(`${about.name}.${String(fields["reason"])}`),
    involvedObject: { ...about, namespace: "shop" },
    type: "Warning",
    lastTimestamp: minutesAgo(1),
    ...fields,
  };
}

export function ended(exitCode: number, fields: Fields = {}): Fields {
  return {
    terminated: {
      exitCode,
      reason: exitCode === 0 ? "Completed" : "Error",
      startedAt: minutesAgo(1),
      finishedAt: minutesAgo(1),
      ...fields,
    },
  };
}

export function waiting(reason: string, message = ""): Fields {
  return { waiting: { reason, message } };
}

/** A pod that crash-loops with this exit code. */
export function crashing(exitCode: number, fields: Fields = {}): PodParts {
  return { state: waiting("CrashLoopBackOff"), lastState: ended(exitCode, fields), restarts: 5 };
}

export function log(podName: string, text: string): PodLog {
  return { namespace: "shop", pod: podName, container: "web", previous: true, text };
}
