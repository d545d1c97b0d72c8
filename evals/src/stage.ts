import { setTimeout as sleep } from "node:timers/promises";
import type { Reader } from "@sre-agent/kube";
import { unavailable, unmet, waitUntil } from "./conditions.ts";
import type { Kubectl } from "./kubectl.ts";
import { CLUSTER_SCOPED, filled, type Manifest, manifestsOf, type Place } from "./place.ts";
import type { Scenario } from "./scenario.ts";

export interface Cluster {
  readonly reader: Reader;
  readonly kubectl: Kubectl;
  /** Aborted: what stands is removed, and nothing more is staged. */
  readonly signal: AbortSignal;
}

const AVAILABLE_SECONDS = 120;
const DEVELOPED_SECONDS = 150;
const HEARTBEAT_MS = 8_000;
/** Clocks of the API have seconds: what comes second has to be seen as later. */
const BETWEEN_STEPS_MS = 2_500;

/** A scenario as it stands in the cluster; disposing of it removes everything it brought. */
export interface Stage extends AsyncDisposable {
  readonly place: Place;
}

/** Applies the faulty objects and waits until the fault has developed. */
export async function stageFault(cluster: Cluster, scenario: Scenario, place: Place): Promise<Stage> {
  const stage = await opened(cluster, scenario, place);
  try {
    const { setup, second } = scenario.files;
    await apply(cluster, manifestsOf(setup, place));
    if (second !== undefined) {
      await available(cluster, place, namesOf(manifestsOf(setup, place)));
      await sleep(BETWEEN_STEPS_MS, undefined, { signal: cluster.signal });
      await apply(cluster, manifestsOf(second, place));
    }
    await deleteAll(cluster, filled(scenario.deletes, place), place);
    await reached(cluster, place, filled(scenario.developed, place));
    await sleep(scenario.settleSeconds * 1_000, undefined, { signal: cluster.signal });
    return stage;
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

/** Brings a staged fault back after something was done to it. */
export async function restaged(cluster: Cluster, scenario: Scenario, place: Place): Promise<void> {
  await apply(cluster, manifestsOf(scenario.files.second ?? scenario.files.setup, place));
  await reached(cluster, place, filled(scenario.developed, place));
}

/** Applies the healthy twin and waits until it runs. */
export async function stageTwin(cluster: Cluster, scenario: Scenario, place: Place): Promise<Stage> {
  const stage = await opened(cluster, scenario, place);
  try {
    await apply(cluster, manifestsOf(scenario.files.healthy ?? "", place));
    await available(cluster, place);
    await reached(cluster, place, filled(scenario.settled, place));
    return stage;
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

/** The namespace with its surroundings running, and the fake nodes' heartbeats. */
async function opened(cluster: Cluster, scenario: Scenario, place: Place): Promise<Stage> {
  const { namespace } = place;
  const stop = heartbeats(cluster, filled(scenario.heartbeat, place));
  const stage: Stage = {
    place,
    async [Symbol.asyncDispose]() {
      stop();
      await removed(cluster, scenario, place);
    },
  };
  try {
    const around = manifestsOf(scenario.files.surroundings, place);
    const home: Manifest = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await apply(cluster, [home, ...around]);
    await available(cluster, place, namesOf(around));
    return stage;
  } catch (error) {
    await stage[Symbol.asyncDispose]();
    throw error;
  }
}

async function apply({ kubectl }: Cluster, manifests: readonly Manifest[]): Promise<void> {
  if (manifests.length === 0) return;
  const list = (items: readonly Manifest[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });
  const definitions = manifests.filter(({ kind }) => kind === "CustomResourceDefinition");
  if (definitions.length > 0) {
    // Objects of a kind can be made only once the API server serves it.
    await kubectl.run(["apply", "-f", "-"], list(definitions));
    await kubectl.run(["wait", ...definitions.map(refOf), "--for=condition=Established", "--timeout=60s"]);
  }
  await kubectl.run(["apply", "-f", "-"], list(manifests));
  for (const manifest of manifests.filter((each) => each.kind !== "Node" && "status" in each)) {
    await kubectl.run(["apply", "--server-side", "--subresource=status", "-f", "-"], JSON.stringify(manifest));
  }
}

const namesOf = (manifests: readonly Manifest[]) => new Set(manifests.map(({ metadata }) => metadata.name));

function available({ reader, signal }: Cluster, { namespace }: Place, names?: ReadonlySet<string>): Promise<void> {
  const what = `workloads of ${namespace} available`;
  return waitUntil(() => unavailable(reader, namespace, names), { seconds: AVAILABLE_SECONDS, what, signal });
}

function reached({ reader, signal }: Cluster, { namespace }: Place, conditions: Scenario["developed"]): Promise<void> {
  return waitUntil(() => unmet(reader, namespace, conditions), {
    seconds: DEVELOPED_SECONDS,
    what: "state reached",
    signal,
  });
}

async function deleteAll({ kubectl }: Cluster, refs: readonly string[], { namespace }: Place): Promise<void> {
  for (const ref of refs) await kubectl.run(["delete", ref, "-n", namespace, "--wait=false"]);
}

function heartbeats({ kubectl }: Cluster, nodes: readonly string[]): () => void {
  const beat = () => {
    const renewed = { spec: { renewTime: new Date().toISOString().replace("Z", "000Z") } };
    for (const node of nodes) {
      const args = ["patch", "lease", node, "-n", "kube-node-lease", "--type=merge", "-p", JSON.stringify(renewed)];
      // A node that is not there yet, or gone already, needs none.
      kubectl.run(args).catch(() => undefined);
    }
  };
  if (nodes.length === 0) return () => undefined;
  const timer = setInterval(beat, HEARTBEAT_MS);
  return () => clearInterval(timer);
}

/** Best effort, everything that the scenario names: a finalizer of its own must not keep the namespace. */
async function removed(cluster: Cluster, scenario: Scenario, place: Place): Promise<void> {
  const { kubectl } = cluster;
  const quietly = (args: readonly string[]) => kubectl.run(args).catch(() => "");
  const { setup, second, healthy } = scenario.files;
  const all = [setup, second ?? "", healthy ?? ""].flatMap((text) => manifestsOf(text, place));
  for (const ref of filled(scenario.deletes, place)) {
    await quietly(["patch", ref, "-n", place.namespace, "--type=merge", "-p", '{"metadata":{"finalizers":null}}']);
  }
  const wide = [...new Set(all.filter(({ kind }) => CLUSTER_SCOPED.has(kind)).map(refOf))];
  const names = [...new Set([`Namespace/${place.namespace}`, ...wide])];
  await quietly(["delete", "pods", "--all", "-n", place.namespace, "--force", "--grace-period=0", "--wait=false"]);
  await quietly(["delete", ...names, "--ignore-not-found", "--wait=false"]);
}

const refOf = ({ kind, metadata }: Manifest) => `${kind}/${metadata.name}`;
