import type { PodLog, Snapshot, SnapshotObject } from "@sre-agent/diagnosis";
import type { KubeObject, Reader, ResourceType } from "@sre-agent/kube";
import { CAPTURE_TOKEN, type Place, portOf } from "./place.ts";

/** Of these only what the run made is there, so that nothing follows from one that is missing. */
const IN_PART: readonly string[] = ["ClusterRole", "ClusterRoleBinding"];
/** What is large, changes all the time, or is only a copy of something else: the capture says that it was not read. */
const LEFT_OUT: readonly string[] = [
  "APIService",
  "CertificateSigningRequest",
  "ComponentStatus",
  "CustomResourceDefinition",
  "Endpoints",
  "FlowSchema",
  "IPAddress",
  "Lease",
  "NodeMetrics",
  "PriorityLevelConfiguration",
  "ServiceCIDR",
  "ValidatingAdmissionPolicy",
  "ValidatingAdmissionPolicyBinding",
];
const MAX_ITEMS = 500;
const LOG_LINES = 60;
const LOG_BYTES = 6_000;

type Listed = KubeObject & SnapshotObject;

/**
 * Every object that a diagnosis of the namespace may come to read, whatever the analyzers need today, and the logs of
 * its containers: without noise, and with names that are the same in every run.
 */
export async function captureNamespace(reader: Reader, place: Place): Promise<Snapshot> {
  const types = (await reader.discover()).filter(isCaptured);
  const lists = await Promise.all(types.map((type) => listed(reader, type, place)));
  const objects = lists.flat();
  const logs = await Promise.all(objects.filter(({ kind }) => kind === "Pod").flatMap((pod) => logsOf(reader, pod)));
  const snapshot: Snapshot = {
    now: new Date().toISOString(),
    namespaces: [place.namespace],
    objects: objects.map(withoutNoise),
    logs: logs.filter((log) => log !== undefined),
    gaps: [],
    unread: [...IN_PART, ...LEFT_OUT],
  };
  return withStableNames(snapshot, place);
}

function isCaptured({ kind, apiVersion, verbs }: ResourceType): boolean {
  if (LEFT_OUT.includes(kind) || !verbs.includes("list")) return false;
  // Events are served twice; the older group has what both have.
  if (apiVersion.startsWith("events.k8s.io/")) return false;
  return !apiVersion.startsWith("sre-agent.dev/");
}

async function listed(reader: Reader, type: ResourceType, { namespace, token }: Place): Promise<readonly Listed[]> {
  const { apiVersion, kind, namespaced } = type;
  const { items } = await reader.listAll<Listed>(
    { apiVersion, kind },
    { ...(namespaced ? { namespace } : {}), maxItems: MAX_ITEMS },
  );
  const named = items.map((item) => ({ ...item, apiVersion, kind }));
  return named.filter((item) => (namespaced ? isTelling(item) : concernsRun(item, token)));
}

/** Of what belongs to no namespace: the nodes, and what this run made. Runs beside it made the rest. */
function concernsRun({ metadata, kind }: Listed, token: string): boolean {
  return metadata.name.includes(token) || (kind === "Node" && !/-x[a-z0-9]{3}$/.test(metadata.name));
}

const ROUTINE = new Set(["Scheduled", "Pulled", "Created", "Started", "SuccessfulCreate"]);

/** Says something that the other objects do not. */
function isTelling({ kind, metadata, ...rest }: Listed): boolean {
  if (kind === "ConfigMap") return metadata.name !== "kube-root-ca.crt";
  return kind !== "Event" || !ROUTINE.has(String(rest["reason"]));
}

interface Contained {
  readonly name: string;
  readonly restartCount?: number;
}

function logsOf(reader: Reader, pod: Listed): readonly Promise<PodLog | undefined>[] {
  const status = pod["status"] as Readonly<Record<string, readonly Contained[] | undefined>> | undefined;
  const states = [...(status?.["initContainerStatuses"] ?? []), ...(status?.["containerStatuses"] ?? [])];
  return states.flatMap(({ name, restartCount = 0 }) =>
    [false, ...(restartCount > 0 ? [true] : [])].map((previous) => readLog(reader, pod, { container: name, previous })),
  );
}

async function readLog(
  reader: Reader,
  { metadata }: Listed,
  { container, previous }: { readonly container: string; readonly previous: boolean },
): Promise<PodLog | undefined> {
  const which = { namespace: metadata.namespace ?? "", pod: metadata.name, container, previous };
  try {
    const text = await reader.logs({ ...which, tailLines: LOG_LINES, limitBytes: LOG_BYTES, timestamps: false });
    return text === "" ? undefined : { ...which, text };
  } catch {
    return undefined;
  }
}

/** Fields that are long and say nothing about a fault. */
function withoutNoise(object: SnapshotObject): SnapshotObject {
  const { kind } = object;
  const dropped = DROPPED[kind] ?? [];
  const trimmed = mapFields(
    object,
    (path) => !dropped.includes(path) && !EVERYWHERE.has(path.split(".").at(-1) ?? ""),
  ) as SnapshotObject;
  if (kind !== "Pod") return trimmed;
  return withoutTokenVolume(trimmed);
}

/** The last part of a path that says nothing, wherever it stands. */
const EVERYWHERE = new Set([
  "resourceVersion",
  "generateName",
  "terminationMessagePath",
  "terminationMessagePolicy",
  "lastProbeTime",
  "hostIP",
  "hostIPs",
  "podIPs",
  "containerID",
  "imageID",
  "recursiveReadOnly",
]);
const DROPPED: Readonly<Record<string, readonly string[]>> = {
  Node: [
    "metadata.managedFields",
    "status.images",
    "status.nodeInfo",
    "status.daemonEndpoints",
    "status.runtimeHandlers",
    "status.features",
  ],
  Pod: [
    "spec.tolerations",
    "spec.serviceAccount",
    "metadata.managedFields",
    "status.qosClass",
    "status.containerStatuses.volumeMounts",
    "status.conditions.observedGeneration",
  ],
  ReplicaSet: ["metadata.managedFields"],
  Event: ["metadata.managedFields", "metadata.uid", "source", "reportingInstance"],
  EndpointSlice: ["metadata.managedFields"],
};

function mapFields(value: unknown, keeps: (path: string) => boolean, path = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => mapFields(item, keeps, path));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, member, path === "" ? key : `${path}.${key}`] as const)
      .filter(([, , inner]) => keeps(inner))
      .map(([key, member, inner]) => [key, mapFields(member, keeps, inner)]),
  );
}

const TOKEN_VOLUME = /^kube-api-access-/;

/** The token that every pod has mounted, in its volumes and in each container. */
function withoutTokenVolume(pod: SnapshotObject): SnapshotObject {
  const text = JSON.stringify(pod, (_, value: unknown) =>
    Array.isArray(value)
      ? value.filter((item) => !TOKEN_VOLUME.test((item as { name?: string } | null)?.name ?? ""))
      : value,
  );
  return JSON.parse(text) as SnapshotObject;
}

/** With the run's own token and port replaced by those that all captures have. */
function withStableNames(snapshot: Snapshot, { token, port }: Place): Snapshot {
  const stable = JSON.stringify(snapshot)
    .replaceAll(`-${token}`, `-${CAPTURE_TOKEN}`)
    .replaceAll(String(port), String(portOf(CAPTURE_TOKEN)));
  return JSON.parse(stable) as Snapshot;
}
