import { type Api, all, type Created, openApi } from "./cluster-api.ts";
import { createFakeNodes } from "./fake-nodes.ts";
import { addPod, crashingStatus, isBroken, podSpecOf } from "./fake-pods.ts";
import { allowControllerPods, BENCH_LABELS, forgetRefusals, refuseControllerPods } from "./pod-makers.ts";
import { until } from "./process-figures.ts";
import { removeFakes } from "./remove-fakes.ts";
import { settle, type Workload } from "./settle.ts";

/** Fake nodes and the workloads on them, made through the API server; only its controllers and scheduler take part. */
export interface FakeCluster {
  addNodes(count: number): Promise<void>;
  addWorkloads(load: Load): Promise<void>;
  /** Any other object, such as a trigger of ours. */
  create(path: string, object: object): Promise<void>;
  get(path: string): Promise<unknown>;
  /** Removes all that was made, by earlier runs too; also after a failure or a stop. */
  remove(): Promise<void>;
  close(): void;
}

/** So many namespaces with so many Deployments, each with its Service and ConfigMap, each with so many pods. */
export interface Load {
  readonly namespaces: readonly string[];
  readonly workloads: number;
  readonly pods: number;
}

const REPLICA_SET_WITHIN_MS = 300_000;
const TELL_MS = 5_000;

/** `stop` ends the filling, not the removing. @throws Error when kubectl is missing. */
export async function openFakeCluster(stop: AbortSignal): Promise<FakeCluster> {
  const { callsUntil, close } = await openApi();
  const api = callsUntil(stop);
  const nodes = createFakeNodes(api);
  return {
    get: (path) => api("GET", path),
    create: async (path, object) => void (await api("POST", path, object)),
    addNodes: (count) => nodes.add(count),
    addWorkloads: (load) => fill(api, load, nodes.names),
    async remove() {
      nodes.stop();
      await removeFakes(callsUntil());
    },
    close,
  };
}

async function fill(api: Api, load: Load, nodes: readonly string[]): Promise<void> {
  const { namespaces, pods } = load;
  const [first = ""] = namespaces;
  await all(namespaces, (name) => api("POST", "/api/v1/namespaces", namespaceOf(name)));
  await refuseControllerPods(api, first);
  const workloads = workloadsOf(load);
  await addWorkloads(api, { workloads, pods }, nodes);
  await settle(api, { deployments: workloads.filter(({ name }) => !isBroken(name, "pending")), pods });
  await allowControllerPods(api);
  await all(namespaces, (namespace) => forgetRefusals(api, namespace));
  await all(namespaces, (namespace) => startCrash(api, namespace));
}

const namespaceOf = (name: string) => ({ metadata: { name, labels: BENCH_LABELS } });

function workloadsOf({ namespaces, workloads }: Load): readonly Workload[] {
  return namespaces.flatMap((namespace) =>
    Array.from({ length: workloads }, (_, index) => ({ namespace, name: `service-${index}` })),
  );
}

interface Workloads {
  readonly workloads: readonly Workload[];
  readonly pods: number;
}

async function addWorkloads(api: Api, { workloads, pods }: Workloads, nodes: readonly string[]): Promise<void> {
  let made = 0;
  const tell = () => process.stderr.write(`${made} of ${workloads.length * pods} pods are made\n`);
  const telling = setInterval(tell, TELL_MS);
  const add = async (workload: Workload, position: number) => {
    const owner = await addWorkload(api, workload, pods);
    // The controller manager makes 20 pods a second; what is made here it does not have to.
    for (let index = 0; index < pods; index += 1, made += 1) {
      const number = position * pods + index;
      const node = isBroken(workload.name, "pending") ? undefined : nodes[number % nodes.length];
      await addPod(api, owner, { namespace: workload.namespace, workload: workload.name, node, number });
    }
  };
  await all(workloads, add).finally(() => clearInterval(telling));
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
  return until(`a ReplicaSet of ${namespace}/${name}`, REPLICA_SET_WITHIN_MS, () =>
    replicaSetOf(api, { namespace, name }),
  );
}

async function replicaSetOf(api: Api, { namespace, name }: Workload): Promise<Created | undefined> {
  const query = `labelSelector=app.kubernetes.io/name=${name}`;
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets?${query}`;
  const { items } = (await api("GET", path)) as { items: Created[] };
  return items[0];
}

async function startCrash(api: Api, namespace: string): Promise<void> {
  const core = `/api/v1/namespaces/${namespace}/pods`;
  const query = "labelSelector=app.kubernetes.io/name=service-1&limit=1";
  const { items } = (await api("GET", `${core}?${query}`)) as { items: Created[] };
  const path = `${core}/${items[0]?.metadata.name}/status?fieldManager=kubelet`;
  await api("PATCH", path, { status: crashingStatus() });
}
