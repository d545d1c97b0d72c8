import { setTimeout as sleep } from "node:timers/promises";
import { type Api, all, type Created } from "./cluster-api.ts";
import { FAKE } from "./fake-nodes.ts";
import { reportRunning } from "./fake-pods.ts";
import { allowControllerPods } from "./pod-makers.ts";

/** Deployments of which each shall have so many ready pods. */
export interface Wanted {
  readonly deployments: readonly Workload[];
  readonly pods: number;
}

export interface Workload {
  readonly namespace: string;
  readonly name: string;
}

const STUCK_MS = 300_000;
const LOOK_MS = 2_000;
const SLOW_LOOK_MS = 5_000;
const SHOWN = 5;

interface Missing extends Workload {
  readonly ready: number;
}

/**
 * Waits until each Deployment tells of at least as many ready pods as are wanted. When nothing moves, the controller may
 * make pods again, and what only kubelets would do is done for them.
 * @throws Error naming what is missing when nothing has moved for five minutes.
 */
export async function settle(api: Api, wanted: Wanted): Promise<void> {
  const namespaces = [...new Set(wanted.deployments.map(({ namespace }) => namespace))];
  let [before, movedAt] = [-1, performance.now()];
  for (let missing = await missingIn(api, wanted); missing.length > 0; missing = await missingIn(api, wanted)) {
    const ready = readyIn(wanted, missing);
    const stuck = ready === before;
    const told = `${ready} of ${wanted.deployments.length * wanted.pods} pods are ready`;
    if (!stuck) [before, movedAt] = [ready, performance.now()];
    if (performance.now() - movedAt > STUCK_MS) throw new Error(`${told}, for minutes: ${inWords(missing, wanted)}`);
    process.stderr.write(stuck ? `${told}: ${inWords(missing, wanted)}\n` : `${told}\n`);
    if (stuck) {
      await allowControllerPods(api);
      await all(namespaces, (namespace) => standInForKubelets(api, namespace));
    }
    await sleep(stuck ? SLOW_LOOK_MS : LOOK_MS);
  }
  // Of what was one too many.
  await all(namespaces, (namespace) => standInForKubelets(api, namespace));
}

async function missingIn(api: Api, { deployments, pods }: Wanted): Promise<readonly Missing[]> {
  const missing: Missing[] = [];
  await all([...Map.groupBy(deployments, ({ namespace }) => namespace)], async ([namespace, same]) => {
    const { items } = (await api("GET", `/apis/apps/v1/namespaces/${namespace}/deployments`)) as {
      items: Deployment[];
    };
    const ready = new Map(items.map(({ metadata, status }) => [metadata.name, status?.readyReplicas ?? 0]));
    for (const one of same) missing.push({ ...one, ready: ready.get(one.name) ?? 0 });
  });
  return missing.filter(({ ready }) => ready < pods);
}

type Deployment = Created & { readonly status?: { readonly readyReplicas?: number } };

function readyIn({ deployments, pods }: Wanted, missing: readonly Missing[]): number {
  return (deployments.length - missing.length) * pods + missing.reduce((sum, { ready }) => sum + ready, 0);
}

function inWords(missing: readonly Missing[], { pods }: Wanted): string {
  const shown = missing
    .slice(0, SHOWN)
    .map(({ namespace, name, ready }) => `${namespace}/${name} has ${ready} of ${pods}`);
  const left = missing.length - shown.length;
  return left > 0 ? `${shown.join(", ")} and ${left} more` : shown.join(", ");
}

/** What only a kubelet would do: lets pods go that are being deleted, and says that the others are ready. */
async function standInForKubelets(api: Api, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const { items } = (await api("GET", path)) as { items: Pod[] };
  for (const { metadata, spec, status } of items) {
    // A real node has a kubelet, and a pod without a node needs none.
    if (!spec.nodeName?.startsWith(FAKE)) continue;
    if (metadata.deletionTimestamp !== undefined) await api("DELETE", `${path}/${metadata.name}?gracePeriodSeconds=0`);
    else if (!isReady(status)) await reportRunning(api, { namespace, name: metadata.name, podIP: status.podIP });
  }
}

type Pod = Created & {
  readonly spec: { readonly nodeName?: string };
  readonly status: {
    readonly podIP?: string;
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
  };
};

function isReady({ conditions = [] }: Pod["status"]): boolean {
  return conditions.some(({ type, status }) => type === "Ready" && status === "True");
}
