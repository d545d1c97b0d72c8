import type { Fix, Subject } from "@sre-agent/crds";
import type { KubeObject } from "@sre-agent/kube";
import { unavailable, unmet, waitUntil } from "./conditions.ts";
import { filled, type Place } from "./place.ts";
import type { RepairPort, State } from "./repair.ts";
import type { Scenario } from "./scenario.ts";
import type { Cluster } from "./stage.ts";

/** What people write. Pods, ReplicaSets and the like follow from it, and change with every repair. */
const WRITTEN: readonly (readonly [string, string])[] = [
  ["apps/v1", "Deployment"],
  ["apps/v1", "StatefulSet"],
  ["apps/v1", "DaemonSet"],
  ["batch/v1", "CronJob"],
  ["batch/v1", "Job"],
  ["v1", "Service"],
  ["v1", "ConfigMap"],
  ["v1", "Secret"],
  ["v1", "ServiceAccount"],
  ["v1", "PersistentVolumeClaim"],
  ["v1", "ResourceQuota"],
  ["v1", "LimitRange"],
  ["networking.k8s.io/v1", "Ingress"],
  ["networking.k8s.io/v1", "NetworkPolicy"],
  ["policy/v1", "PodDisruptionBudget"],
  ["autoscaling/v2", "HorizontalPodAutoscaler"],
  ["rbac.authorization.k8s.io/v1", "Role"],
  ["rbac.authorization.k8s.io/v1", "RoleBinding"],
];

const NO_INTENT = new Set(["apiVersion", "kind", "metadata", "status"]);
/** Written by the cluster itself into what people write; `serviceAccount` is the old name of `serviceAccountName`. */
const BY_CLUSTER = /^\/spec\/(volumeName|clusterIPs?\b|claimRef|template\/spec\/serviceAccount$)/;
const VERIFY_SECONDS = 60;

export interface RepairOptions {
  readonly cluster: Cluster;
  readonly scenario: Scenario;
  readonly place: Place;
  readonly verifySeconds?: number;
}

/** A scenario's namespace on a real cluster, changed as kubectl changes it. */
export function clusterRepair({ cluster, scenario, place, verifySeconds = VERIFY_SECONDS }: RepairOptions): RepairPort {
  const { reader, kubectl, signal } = cluster;
  const { namespace } = place;
  const missing = async () => [
    ...(scenario.verified.length === 0 ? await unavailable(reader, namespace) : []),
    ...(await unmet(reader, namespace, filled(scenario.verified, place))),
  ];
  return {
    state: async () => stateOf((await Promise.all(WRITTEN.map((kind) => listed(cluster, namespace, kind)))).flat()),
    async dryRun(fix) {
      try {
        await kubectl.run([...commandOf(fix, namespace), "--dry-run=server"]);
        return null;
      } catch (error) {
        return (error as Error).message;
      }
    },
    apply: async (fix) => void (await kubectl.run(commandOf(fix, namespace))),
    async verify() {
      try {
        await waitUntil(missing, { seconds: verifySeconds, what: "repaired", signal });
        return null;
      } catch (error) {
        return (error as Error).message;
      }
    },
  };
}

async function listed(
  { reader }: Cluster,
  namespace: string,
  [apiVersion, kind]: readonly [string, string],
): Promise<readonly KubeObject[]> {
  const { items } = await reader.listAll({ apiVersion, kind }, { namespace });
  return items.filter(({ metadata }) => !metadata.ownerReferences?.some(({ controller }) => controller));
}

function stateOf(objects: readonly KubeObject[]): State {
  return new Map(
    objects.map((object) => {
      const intent = Object.entries(object).filter(([key]) => !NO_INTENT.has(key));
      const fields = new Map(leaves(Object.fromEntries(intent)).filter(([path]) => !BY_CLUSTER.test(path)));
      return [`${object.kind}/${object.metadata.name}`, { uid: object.metadata.uid, fields }];
    }),
  );
}

function leaves(value: unknown, path = ""): readonly (readonly [string, string])[] {
  if (typeof value !== "object" || value === null) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, member]) =>
    leaves(member, `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`),
  );
}

/** The kubectl command that carries a fix out. */
function commandOf(fix: Fix, usual: string): readonly string[] {
  if (fix.kind === "decision") throw new Error("a decision is a person's: nothing to apply");
  if (fix.kind === "patch") {
    const operations = fix.patch.flatMap(({ path, from, to }) => [
      ...(from === undefined ? [] : [{ op: "test", path, value: JSON.parse(from) as unknown }]),
      operationOf(path, from, to),
    ]);
    return ["patch", ...place(fix.target, usual), "--type=json", "-p", JSON.stringify(operations)];
  }
  const { type, target, parameters } = fix.action;
  if (type === "Rollback") {
    return ["rollout", "undo", ...place(target, usual), `--to-revision=${parameters.toRevision}`];
  }
  if (type === "Scale") return ["scale", ...place(target, usual), `--replicas=${parameters.replicas}`];
  if (type === "Evict") return ["delete", ...place(target, usual), "--wait=false"];
  const stamp = { "kubectl.kubernetes.io/restartedAt": parameters.restartedAt ?? new Date().toISOString() };
  const patch = { spec: { template: { metadata: { annotations: stamp } } } };
  return ["patch", ...place(target, usual), "--type=strategic", "-p", JSON.stringify(patch)];
}

function operationOf(path: string, from: string | undefined, to: string | undefined): object {
  if (to === undefined) return { op: "remove", path };
  return { op: from === undefined ? "add" : "replace", path, value: JSON.parse(to) as unknown };
}

function place({ kind, name, namespace }: Pick<Subject, "kind" | "name" | "namespace">, usual: string): string[] {
  return [`${kind}/${name}`, "-n", namespace ?? usual];
}
