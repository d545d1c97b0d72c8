import { type Api, all, type Created, openApi } from "./cluster-api.ts";
import { createFakeNodes } from "./fake-nodes.ts";
import { addPod, crashingStatus, isBroken, podSpecOf } from "./fake-pods.ts";
import { allowControllerPods, BENCH_LABELS, forgetRefusals, refuseControllerPods } from "./pod-makers.ts";
import { until } from "./process-figures.ts";

/** Fake nodes and the workloads on them, made through the API server; only its controllers and scheduler take part. */
export interface FakeCluster {
  addNodes(count: number): Promise<void>;
  addWorkloads(load: Load): Promise<void>;
  /** Any other object, such as a trigger of ours. */
  create(path: string, object: object): Promise<void>;
  get(path: string): Promise<unknown>;
  /** Removes all that was made, also after a failure. */
  remove(): Promise<void>;
}

/** So many namespaces with so many Deployments, each with its Service and ConfigMap, each with so many pods. */
export interface Load {
  readonly namespaces: readonly string[];
  readonly workloads: number;
  readonly pods: number;
}

const SETTLED_WITHIN_MS = 600_000;
const GONE_WITHIN_MS = 300_000;
const AT_ONCE = { propagationPolicy: "Background", gracePeriodSeconds: 0 };

/** @throws Error when kubectl is missing or reaches no API server. */
export async function openFakeCluster(): Promise<FakeCluster> {
  const { api, close } = await openApi();
  const nodes = createFakeNodes(api);
  const namespaces: string[] = [];
  return {
    get: (path) => api("GET", path),
    create: async (path, object) => void (await api("POST", path, object)),
    addNodes: (count) => nodes.add(count),
    async addWorkloads(load) {
      namespaces.push(...load.namespaces);
      await refuseControllerPods(api);
      await all(load.namespaces, (name) => api("POST", "/api/v1/namespaces", namespaceOf(name)));
      await addWorkloads(api, load, nodes.names);
      await until("pods that are ready", SETTLED_WITHIN_MS, () => isSettled(api, load));
      await allowControllerPods(api);
      await all(load.namespaces, (namespace) => forgetRefusals(api, namespace));
      await all(load.namespaces, (namespace) => startCrash(api, namespace));
    },
    async remove() {
      await allowControllerPods(api);
      await all(namespaces, (name) => emptyNamespace(api, name));
      await nodes.remove();
      await until("namespaces that are gone", GONE_WITHIN_MS, () => areGone(api, namespaces));
      close();
    },
  };
}

const namespaceOf = (name: string) => ({ metadata: { name, labels: BENCH_LABELS } });

interface Workload {
  readonly namespace: string;
  readonly name: string;
}

async function addWorkloads(api: Api, { namespaces, workloads, pods }: Load, nodes: readonly string[]): Promise<void> {
  const wanted = namespaces.flatMap((namespace) =>
    Array.from({ length: workloads }, (_, index) => ({ namespace, name: `service-${index}` })),
  );
  await all(wanted, async (workload, position) => {
    const owner = await addWorkload(api, workload, pods);
    // The controller manager makes 20 pods a second; what is made here it does not have to.
    for (let index = 0; index < pods; index += 1) {
      const number = position * pods + index;
      const node = isBroken(workload.name, "pending") ? undefined : nodes[number % nodes.length];
      await addPod(api, owner, { namespace: workload.namespace, workload: workload.name, node, number });
    }
  });
}

/** Its ReplicaSet, which the controller manager makes. */
async function addWorkload(api: Api, { namespace, name }: Workload, replicas: number): Promise<Created> {
  const core = `/api/v1/namespaces/${namespace}`;
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "scale" };
  const metadata = { name, labels };
  await api("POST", `${core}/configmaps`, { metadata, data: { upstream: "http://service-2:8080" } });
  const ports = [{ name: "http", port: 8080, targetPort: "http" }];
  await api("POST", `${core}/services`, { metadata, spec: { selector: labels, ports } });
  const template = { metadata: { labels }, spec: podSpecOf(name) };
  await api("POST", `/apis/apps/v1/namespaces/${namespace}/deployments`, {
    metadata,
    spec: { replicas, selector: { matchLabels: labels }, template },
  });
  return until(`a ReplicaSet of ${name}`, SETTLED_WITHIN_MS, () => replicaSetOf(api, { namespace, name }));
}

async function replicaSetOf(api: Api, { namespace, name }: Workload): Promise<Created | undefined> {
  const query = `labelSelector=app.kubernetes.io/name=${name}`;
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets?${query}`;
  const { items } = (await api("GET", path)) as { items: Created[] };
  return items[0];
}

/** As many pods as are wanted, and all ready that can be. */
async function isSettled(api: Api, { namespaces, workloads, pods }: Load): Promise<true | undefined> {
  for (const namespace of namespaces) {
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const { items } = (await api("GET", path)) as { items: (Created & { status: { readyReplicas?: number } })[] };
    const ready = items.filter(({ status }) => status.readyReplicas === pods).length;
    if (ready < workloads - 1) return undefined;
  }
  return true;
}

async function startCrash(api: Api, namespace: string): Promise<void> {
  const core = `/api/v1/namespaces/${namespace}/pods`;
  const query = "labelSelector=app.kubernetes.io/name=service-1&limit=1";
  const { items } = (await api("GET", `${core}?${query}`)) as { items: Created[] };
  const path = `${core}/${items[0]?.metadata.name}/status?fieldManager=kubelet`;
  await api("PATCH", path, { status: crashingStatus() });
}

/** Pods at once and without their kubelets: left to the namespace they would take minutes. */
async function emptyNamespace(api: Api, name: string): Promise<void> {
  for (const kind of ["deployments", "replicasets"]) {
    await api("DELETE", `/apis/apps/v1/namespaces/${name}/${kind}`, AT_ONCE);
  }
  await api("DELETE", `/api/v1/namespaces/${name}/pods`, AT_ONCE);
  await api("DELETE", `/api/v1/namespaces/${name}`);
}

async function areGone(api: Api, names: readonly string[]): Promise<true | undefined> {
  const { items } = (await api("GET", "/api/v1/namespaces")) as { items: Created[] };
  return items.some(({ metadata }) => names.includes(metadata.name)) ? undefined : true;
}
