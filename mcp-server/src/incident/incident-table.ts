import type { KubeObject, Table } from "@sre-agent/kube";

type Column = readonly [name: string, cell: (object: KubeObject) => string];
type Json = Readonly<Record<string, unknown>>;

/** What a person looks at first, by kind; other kinds show names alone. */
const COLUMNS: Readonly<Record<string, readonly Column[]>> = {
  Pod: [
    ["Ready", (pod) => `${containers(pod).filter(({ ready }) => ready === true).length}/${containerCount(pod)}`],
    ["Status", podStatus],
    [
      "Restarts",
      (pod) => String(containers(pod).reduce((sum, { restartCount }) => sum + Number(restartCount ?? 0), 0)),
    ],
  ],
  Deployment: [["Ready", readyReplicas]],
  StatefulSet: [["Ready", readyReplicas]],
  Event: [
    ["Type", (event) => textAt(event, "type")],
    ["Reason", (event) => textAt(event, "reason")],
    ["Object", (event) => `${textAt(event, "involvedObject", "kind")}/${textAt(event, "involvedObject", "name")}`],
    ["Message", (event) => textAt(event, "message")],
  ],
  PersistentVolumeClaim: [["Status", (claim) => textAt(claim, "status", "phase")]],
  Namespace: [["Status", (namespace) => textAt(namespace, "status", "phase")]],
};

/** Objects of one kind as the API server would print them, in short. */
export function incidentTable(kind: string, objects: readonly KubeObject[]): Table {
  const columns: readonly Column[] = [["Name", ({ metadata }) => metadata.name], ...(COLUMNS[kind] ?? [])];
  return {
    columns: columns.map(([name]) => ({ name, type: "string", priority: 0 })),
    rows: objects.map((object) => ({
      cells: columns.map(([, cell]) => cell(object)),
      name: object.metadata.name,
      ...(object.metadata.namespace === undefined ? {} : { namespace: object.metadata.namespace }),
    })),
  };
}

interface ContainerStatus {
  readonly ready?: boolean;
  readonly restartCount?: number;
  readonly state?: {
    readonly waiting?: { readonly reason?: string };
    readonly terminated?: { readonly reason?: string };
  };
}

function containers(pod: KubeObject): readonly ContainerStatus[] {
  const statuses = valueAt(pod, "status", "containerStatuses");
  return Array.isArray(statuses) ? (statuses as readonly ContainerStatus[]) : [];
}

function containerCount(pod: KubeObject): number {
  const declared = valueAt(pod, "spec", "containers");
  return Array.isArray(declared) ? declared.length : 0;
}

/** What kubectl calls STATUS: the reason of a container that is not well, else the phase. */
function podStatus(pod: KubeObject): string {
  if (pod.metadata.deletionTimestamp !== undefined) return "Terminating";
  const reasons = containers(pod).flatMap(({ state }) => state?.waiting?.reason ?? state?.terminated?.reason ?? []);
  return reasons[0] ?? (textAt(pod, "status", "reason") || textAt(pod, "status", "phase"));
}

function readyReplicas(workload: KubeObject): string {
  return `${Number(valueAt(workload, "status", "readyReplicas") ?? 0)}/${Number(valueAt(workload, "spec", "replicas") ?? 1)}`;
}

function textAt(object: KubeObject, ...path: readonly string[]): string {
  const value = valueAt(object, ...path);
  return typeof value === "string" ? value : "";
}

function valueAt(object: KubeObject, ...path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) => (typeof value === "object" && value !== null ? (value as Json)[key] : undefined),
    object,
  );
}
