import { type Api, all } from "./cluster-api.ts";

/** Nodes without machines: what their kubelets would tell the API server is told here. */
interface FakeNodes {
  readonly names: readonly string[];
  add(count: number): Promise<void>;
  /** Lets their leases run out. */
  stop(): void;
}

/** The taint keeps everybody else's pods away. */
const TAINT = { key: "sre-agent.dev/bench", value: "fake", effect: "NoSchedule" };
/** How their names begin. */
export const FAKE = "scale-";
const LABELS = { [TAINT.key]: TAINT.value };
/** Pods stay when a machine is too busy to renew the leases of their nodes in time. */
export const TOLERATIONS = [
  { key: TAINT.key, operator: "Exists", effect: TAINT.effect },
  { operator: "Exists", effect: "NoExecute" },
];
/** A kubelet lists fifty at most. */
const IMAGES = 20;
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const LEASE_SECONDS = 40;
/** The controller manager calls a node dead after 50 s. */
const RENEW_MS = 15_000;
const PARALLEL_RENEWALS = 16;

export function createFakeNodes(api: Api): FakeNodes {
  const names: string[] = [];
  let renewal: NodeJS.Timeout | undefined;
  const renew = async () => {
    const one = (name: string) => api("PATCH", `${LEASES}/${name}`, { spec: { renewTime: microTime() } });
    // The next one may work.
    await all(names, one, PARALLEL_RENEWALS).catch((error: unknown) => renewal && process.stderr.write(`${error}\n`));
    renewal?.refresh();
  };
  return {
    names,
    async add(count) {
      const added = Array.from({ length: count }, (_, index) => `${FAKE}${names.length + index}`);
      names.push(...added);
      await all(added, (name) => addNode(api, name));
      renewal ??= setTimeout(() => void renew(), RENEW_MS);
    },
    stop() {
      clearTimeout(renewal);
      renewal = undefined;
    },
  };
}

/** Of this run and of any before it. */
export async function removeFakeNodes(api: Api): Promise<void> {
  for (const path of ["/api/v1/nodes", LEASES]) await api("DELETE", `${path}?labelSelector=${TAINT.key}`);
}

async function addNode(api: Api, name: string): Promise<void> {
  await api("POST", LEASES, {
    metadata: { name, labels: LABELS },
    spec: { holderIdentity: name, leaseDurationSeconds: LEASE_SECONDS, renewTime: microTime() },
  });
  await api("POST", "/api/v1/nodes?fieldManager=kubelet", nodeOf(name));
  // A new node is tainted as not ready, which a controller takes away that may not run.
  await api("PATCH", `/api/v1/nodes/${name}`, { spec: { taints: [TAINT] } });
}

function microTime(): string {
  return new Date().toISOString().replace("Z", "000Z");
}

function nodeOf(name: string): object {
  const now = new Date().toISOString();
  const condition = (type: string, status: string, reason: string) => ({
    ...{ type, status, reason, message: `kubelet: ${reason}` },
    ...{ lastHeartbeatTime: now, lastTransitionTime: now },
  });
  const size = { cpu: "32", memory: "256Gi", pods: "110", "ephemeral-storage": "200Gi" };
  return {
    metadata: { name, labels: { ...LABELS, "kubernetes.io/hostname": name, "kubernetes.io/os": "linux" } },
    spec: { taints: [TAINT] },
    status: {
      ...{ capacity: size, allocatable: size },
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID"),
        condition("Ready", "True", "KubeletReady"),
      ],
      images: Array.from({ length: IMAGES }, (_, index) => imageOf(index)),
    },
  };
}

function imageOf(index: number): object {
  const repository = `registry.example/shop/service-${index}`;
  const digest = String(index).padStart(64, "0");
  return { names: [`${repository}@sha256:${digest}`, `${repository}:1.4.2`], sizeBytes: 80_000_000 + index };
}
