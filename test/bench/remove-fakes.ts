import { setTimeout as sleep } from "node:timers/promises";
import { type Api, all, type Created } from "./cluster-api.ts";
import { removeFakeNodes } from "./fake-nodes.ts";
import { allowControllerPods, BENCH_LABEL } from "./pod-makers.ts";

const GONE_WITHIN_MS = 300_000;
const LOOK_MS = 1_000;
const AT_ONCE = { propagationPolicy: "Background", gracePeriodSeconds: 0 };

/**
 * Removes what carries the benchmark's labels, whichever run made it. Again and again until nothing is left: what was
 * being made while it was stopped comes late, and no kubelet lets a pod go.
 * @throws Error naming what is left after five minutes.
 */
export async function removeFakes(api: Api): Promise<void> {
  const deadline = performance.now() + GONE_WITHIN_MS;
  await allowControllerPods(api);
  for (;;) {
    const left = await fakeNamespaces(api);
    await all(left, (namespace) => emptyNamespace(api, namespace));
    await removeFakeNodes(api);
    if (left.length === 0) return;
    const names = left.map(({ metadata }) => metadata.name).join(", ");
    if (performance.now() > deadline) throw new Error(`Not gone within ${GONE_WITHIN_MS / 1_000} s: ${names}`);
    await sleep(LOOK_MS);
  }
}

async function fakeNamespaces(api: Api): Promise<readonly Created[]> {
  const { items } = (await api("GET", `/api/v1/namespaces?labelSelector=${BENCH_LABEL}`)) as { items: Created[] };
  return items;
}

/** Pods at once and without their kubelets: left to the namespace they would take minutes. */
async function emptyNamespace(api: Api, { metadata: { name, deletionTimestamp } }: Created): Promise<void> {
  for (const kind of ["deployments", "replicasets"]) {
    await api("DELETE", `/apis/apps/v1/namespaces/${name}/${kind}`, AT_ONCE);
  }
  await api("DELETE", `/api/v1/namespaces/${name}/pods`, AT_ONCE);
  if (deletionTimestamp === undefined) await api("DELETE", `/api/v1/namespaces/${name}`);
}
