import { type ChildProcess, spawn } from "node:child_process";
import { until } from "./process-figures.ts";

/** Fake nodes and the workloads on them, made through the API server; kwok, which plays their kubelets, must run. */
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

interface Created {
  readonly metadata: {
    readonly name: string;
    readonly uid: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
}

const PARALLEL = 16;
const KWOK_WITHIN_MS = 60_000;
const SETTLED_WITHIN_MS = 600_000;
const GONE_WITHIN_MS = 300_000;
const IMAGE = "registry.example/shop/service:1.4.2";
const FAKE = { "kwok.x-k8s.io/node": "fake" };

const KWOK = `a fake node that is ready. Does kwok run?
  kwok --kubeconfig "$KUBECONFIG" --manage-all-nodes=false --manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake`;

/** @throws Error when kubectl is missing or reaches no API server. */
export async function openFakeCluster(): Promise<FakeCluster> {
  // Whatever the kubeconfig asks for to log in, kubectl does it.
  const proxy = spawn("kubectl", ["proxy", "--port=0", "--append-server-path"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const api = createApi(await urlOf(proxy));
  const nodes: string[] = [];
  const namespaces: string[] = [];
  return {
    get: (path) => api("GET", path),
    create: async (path, object) => void (await api("POST", path, object)),
    async addNodes(count) {
      nodes.push(...Array.from({ length: count }, (_, index) => `scale-${index}`));
      await all(nodes, (name) => api("POST", "/api/v1/nodes", nodeOf(name)));
      await until(KWOK, KWOK_WITHIN_MS, () => areReady(api, nodes.slice(0, 1)));
      await until("fake nodes that are ready", SETTLED_WITHIN_MS, () => areReady(api, nodes));
    },
    async addWorkloads(load) {
      namespaces.push(...load.namespaces);
      await all(load.namespaces, (name) => api("POST", "/api/v1/namespaces", { metadata: { name } }));
      await addWorkloads(api, load, nodes);
      await until("pods that are ready", SETTLED_WITHIN_MS, () => isSettled(api, load));
      await all(load.namespaces, (namespace) => startCrash(api, namespace));
    },
    async remove() {
      await all(namespaces, (name) => emptyNamespace(api, name));
      await all(nodes, (name) => api("DELETE", `/api/v1/nodes/${name}`));
      await until("namespaces that are gone", GONE_WITHIN_MS, () => areGone(api, namespaces));
      proxy.kill();
    },
  };
}

type Api = (method: "GET" | "POST" | "PATCH" | "DELETE", path: string, body?: object) => Promise<unknown>;

function createApi(url: string): Api {
  return async (method, path, body) => {
    const type = method === "PATCH" ? "application/strategic-merge-patch+json" : "application/json";
    const answer = await fetch(url + path, {
      method,
      headers: { "content-type": type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    // What another one deleted meanwhile is gone all the same.
    if (!answer.ok && !(method === "DELETE" && answer.status === 404)) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text);
  };
}

async function urlOf(proxy: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    proxy.once("error", reject);
    proxy.once("exit", (code) => reject(new Error(`kubectl proxy ended with ${code}: is KUBECONFIG set?`)));
    proxy.stdout?.setEncoding("utf8").on("data", (text: string) => {
      const [, address] = /on (\S+)/.exec(text) ?? [];
      if (address !== undefined) resolve(`http://${address}`);
    });
  });
}

async function all<T>(items: readonly T[], work: (item: T, index: number) => Promise<unknown>): Promise<void> {
  const left = [...items.entries()].reverse();
  const worker = async () => {
    for (let next = left.pop(); next !== undefined; next = left.pop()) await work(next[1], next[0]);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}

/** The taint keeps everybody else's pods away. */
const nodeOf = (name: string) => ({
  metadata: { name, annotations: FAKE, labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } },
  spec: { taints: [{ key: "kwok.x-k8s.io/node", value: "fake", effect: "NoSchedule" }] },
  status: {
    capacity: { cpu: "32", memory: "256Gi", pods: "110" },
    allocatable: { cpu: "32", memory: "256Gi", pods: "110" },
  },
});

async function areReady(api: Api, names: readonly string[]): Promise<true | undefined> {
  const { items } = (await api("GET", "/api/v1/nodes")) as {
    items: { metadata: { name: string }; status: { conditions?: { type: string; status: string }[] } }[];
  };
  const ready = new Set(
    items
      .filter(({ status }) => (status.conditions ?? []).some((one) => one.type === "Ready" && one.status === "True"))
      .map(({ metadata }) => metadata.name),
  );
  return names.every((name) => ready.has(name)) ? true : undefined;
}

const labelsOf = (name: string) => ({ "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "scale" });

function podSpecOf(name: string): object {
  const probe = (path: string) => ({ httpGet: { path, port: "http" }, periodSeconds: 10 });
  return {
    tolerations: [{ key: "kwok.x-k8s.io/node", operator: "Exists", effect: "NoSchedule" }],
    containers: [
      {
        name: "service",
        image: IMAGE,
        ports: [{ name: "http", containerPort: 8080 }],
        env: [
          { name: "LOG_LEVEL", value: "info" },
          { name: "UPSTREAM", valueFrom: { configMapKeyRef: { name, key: "upstream" } } },
        ],
        readinessProbe: probe("/ready"),
        livenessProbe: probe("/live"),
        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
      },
    ],
    // One workload of each namespace fits nowhere.
    ...(isBroken(name, "pending") ? { nodeSelector: { disk: "ssd" } } : {}),
  };
}

/** Of each namespace the first workload cannot be scheduled, and one pod of the second crash-loops. */
function isBroken(name: string, how: "pending" | "crash"): boolean {
  return name.endsWith(how === "pending" ? "-0" : "-1");
}

async function addWorkloads(api: Api, { namespaces, workloads, pods }: Load, nodes: readonly string[]): Promise<void> {
  const wanted = namespaces.flatMap((namespace) =>
    Array.from({ length: workloads }, (_, index) => ({ namespace, name: `service-${index}` })),
  );
  let placed = 0;
  await all(wanted, async ({ namespace, name }) => {
    const core = `/api/v1/namespaces/${namespace}`;
    const labels = labelsOf(name);
    const data = { upstream: "http://service-2:8080" };
    await api("POST", `${core}/configmaps`, { metadata: { name, labels }, data });
    const ports = [{ name: "http", port: 8080, targetPort: "http" }];
    await api("POST", `${core}/services`, { metadata: { name, labels }, spec: { selector: labels, ports } });
    const template = { metadata: { labels }, spec: podSpecOf(name) };
    await api("POST", `/apis/apps/v1/namespaces/${namespace}/deployments`, {
      metadata: { name, labels },
      spec: { replicas: pods, selector: { matchLabels: labels }, template },
    });
    const owner = await until(`a ReplicaSet of ${name}`, SETTLED_WITHIN_MS, () => replicaSetOf(api, namespace, name));
    // The controller manager makes 20 pods a second; what is made here it does not have to.
    for (let index = 0; index < pods; index += 1) {
      placed += 1;
      const node = isBroken(name, "pending") ? undefined : nodes[placed % nodes.length];
      await addPod(api, namespace, podOf(name, owner, node));
    }
  });
}

async function replicaSetOf(api: Api, namespace: string, name: string): Promise<Created | undefined> {
  const query = `labelSelector=app.kubernetes.io/name=${name}`;
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets?${query}`;
  const { items } = (await api("GET", path)) as { items: Created[] };
  return items[0];
}

function podOf(name: string, { metadata }: Created, node: string | undefined): object {
  const { uid, labels } = metadata;
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: metadata.name, uid };
  const ownerReferences = [{ ...owner, controller: true, blockOwnerDeletion: true }];
  return {
    metadata: { generateName: `${metadata.name}-`, labels, ownerReferences },
    spec: { ...podSpecOf(name), ...(node === undefined ? {} : { nodeName: node }) },
  };
}

/** With the Event that the scheduler would have told of it, had it placed it. */
async function addPod(api: Api, namespace: string, pod: object): Promise<void> {
  const { metadata } = (await api("POST", `/api/v1/namespaces/${namespace}/pods`, pod)) as Created;
  const { name, uid } = metadata;
  const now = new Date().toISOString();
  await api("POST", `/api/v1/namespaces/${namespace}/events`, {
    metadata: { generateName: `${name}.`, namespace },
    involvedObject: { apiVersion: "v1", kind: "Pod", namespace, name, uid },
    ...{ type: "Normal", reason: "Scheduled", message: `Successfully assigned ${namespace}/${name}` },
    ...{ count: 1, firstTimestamp: now, lastTimestamp: now, source: { component: "default-scheduler" } },
  });
}

/** As many pods as are wanted, and all ready that can be. */
async function isSettled(api: Api, { namespaces, workloads, pods }: Load): Promise<true | undefined> {
  for (const namespace of namespaces) {
    const core = `/api/v1/namespaces/${namespace}`;
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
    const { items } = (await api("GET", path)) as { items: (Created & { status: { readyReplicas?: number } })[] };
    const ready = items.filter(({ status }) => status.readyReplicas === pods).length;
    if (ready < workloads - 1) return undefined;
    const { items: present } = (await api("GET", `${core}/pods`)) as { items: Created[] };
    if (present.length !== workloads * pods) return undefined;
  }
  return true;
}

async function startCrash(api: Api, namespace: string): Promise<void> {
  const core = `/api/v1/namespaces/${namespace}/pods`;
  const query = "labelSelector=app.kubernetes.io/name=service-1&limit=1";
  const { items } = (await api("GET", `${core}?${query}`)) as { items: Created[] };
  const terminated = { exitCode: 1, reason: "Error", finishedAt: new Date().toISOString() };
  const waiting = { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" };
  const container = { name: "service", image: IMAGE, imageID: "", restartCount: 7, ready: false, started: false };
  const status = {
    conditions: ["Ready", "ContainersReady"].map((type) => ({ type, status: "False", reason: "ContainersNotReady" })),
    containerStatuses: [{ ...container, state: { waiting }, lastState: { terminated } }],
  };
  await api("PATCH", `${core}/${items[0]?.metadata.name}/status`, { status });
}

/** Pods at once and without their kubelets: left to the namespace they would take minutes. */
async function emptyNamespace(api: Api, name: string): Promise<void> {
  const options = { propagationPolicy: "Background", gracePeriodSeconds: 0 };
  for (const kind of ["deployments", "replicasets"]) {
    await api("DELETE", `/apis/apps/v1/namespaces/${name}/${kind}`, options);
  }
  await api("DELETE", `/api/v1/namespaces/${name}/pods`, options);
  await api("DELETE", `/api/v1/namespaces/${name}`);
}

async function areGone(api: Api, names: readonly string[]): Promise<true | undefined> {
  const { items } = (await api("GET", "/api/v1/namespaces")) as { items: Created[] };
  return items.some(({ metadata }) => names.includes(metadata.name)) ? undefined : true;
}
