import type { TRIGGER_KINDS, TriggerSpec } from "@sre-agent/crds";
import type { Watch } from "../watch.ts";
import type { Observed } from "./evaluate.ts";
import { createSharedWatches } from "./shared-watches.ts";
import {
  type PodObject,
  podOf,
  type WatchedPod,
  type WatchedWorkload,
  type WorkloadObject,
  workloadOf,
} from "./workload.ts";

/** The watches that triggers need, each shared by all triggers of a namespace and stopped with the last of them. */
export interface WatchPool {
  /** From now on the trigger `key` (`namespace/name`) needs what its spec looks at, and nothing else. */
  hold(key: string, spec: TriggerSpec): void;
  release(key: string): void;
  /** What is seen in the trigger's namespace; undefined until all that it needs was listed once. */
  observed(key: string): Observed | undefined;
  /** Kinds that the trigger needs and that were not listed yet, and for how long it has been waiting for them. */
  missing(key: string): { readonly kinds: readonly string[]; readonly waitedMs: number };
  /** Ends all watches. */
  stop(): void;
  readonly size: number;
}

export interface WatchPoolOptions {
  readonly watch: Watch;
  readonly clock: { now(): number };
  /** Something that the trigger looks at changed, or was listed for the first time. */
  readonly onChange: (triggerKey: string) => void;
}

type WorkloadKind = (typeof TRIGGER_KINDS)[number];

interface Needs {
  readonly namespace: string;
  readonly kinds: readonly WorkloadKind[];
  readonly pods: boolean;
}

export function createWatchPool({ watch, clock, onChange }: WatchPoolOptions): WatchPool {
  const workloads = createSharedWatches<WatchedWorkload>((id, tell) => watchWorkloads(watch, id, tell), onChange);
  const pods = createSharedWatches<WatchedPod>((id, tell) => watchPods(watch, id, tell), onChange);
  const needs = new Map<string, Needs>();
  const heldSinceMs = new Map<string, number>();

  function release(key: string): void {
    const { namespace, kinds, pods: looksAtPods } = needs.get(key) ?? NOTHING;
    for (const kind of kinds) workloads.leave(idOf(namespace, kind), key);
    if (looksAtPods) pods.leave(namespace, key);
    needs.delete(key);
    heldSinceMs.delete(key);
  }

  return {
    release,
    hold(key, spec) {
      const wanted = needsOf(key, spec);
      if (JSON.stringify(wanted) === JSON.stringify(needs.get(key))) return;
      release(key);
      needs.set(key, wanted);
      heldSinceMs.set(key, clock.now());
      for (const kind of wanted.kinds) workloads.join(idOf(wanted.namespace, kind), key);
      if (wanted.pods) pods.join(wanted.namespace, key);
    },
    observed(key) {
      const { namespace, kinds, pods: looksAtPods } = needs.get(key) ?? NOTHING;
      const lists = kinds.map((kind) => workloads.list(idOf(namespace, kind)));
      const podList = looksAtPods ? pods.list(namespace) : [];
      if (podList === undefined || lists.includes(undefined)) return undefined;
      return { workloads: lists.flatMap((list) => list ?? []), pods: podList };
    },
    missing(key) {
      const { namespace, kinds, pods: looksAtPods } = needs.get(key) ?? NOTHING;
      const unlisted: readonly string[] = kinds.filter((kind) => workloads.list(idOf(namespace, kind)) === undefined);
      const noPods = looksAtPods && pods.list(namespace) === undefined;
      return {
        kinds: noPods ? [...unlisted, "Pod"] : unlisted,
        waitedMs: clock.now() - (heldSinceMs.get(key) ?? clock.now()),
      };
    },
    stop: () => {
      for (const key of [...needs.keys()]) release(key);
    },
    get size() {
      return workloads.size + pods.size;
    },
  };
}

const NOTHING: Needs = { namespace: "", kinds: [], pods: false };

function needsOf(key: string, { target, when }: TriggerSpec): Needs {
  const namespace = key.slice(0, key.indexOf("/"));
  return { namespace, kinds: target.kinds, pods: when.some(({ condition }) => condition?.of === "Pods") };
}

function idOf(namespace: string, kind: WorkloadKind): string {
  return `${namespace}/${kind}`;
}

function watchPods(watch: Watch, namespace: string, onChange: () => void) {
  return watch<WatchedPod, PodObject>({ kind: { apiVersion: "v1", kind: "Pod" }, namespace, project: podOf, onChange });
}

function watchWorkloads(watch: Watch, id: string, onChange: () => void) {
  const [namespace = "", kind = ""] = id.split("/");
  return watch<WatchedWorkload, WorkloadObject>({
    kind: { apiVersion: "apps/v1", kind },
    namespace,
    project: (object) => workloadOf(object, kind),
    onChange,
  });
}
