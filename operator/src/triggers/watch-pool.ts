import type { TriggerSpec } from "@sre-agent/crds";
import type { Watch } from "../watch.ts";
import type { Observed } from "./evaluate.ts";
import { createNamespaceWatches, type NamespaceWatches, type WatchedKind } from "./namespace-watches.ts";

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
}

export interface WatchPoolOptions {
  readonly watch: Watch;
  readonly clock: { now(): number };
  /** Something that the trigger looks at changed, or was listed for the first time. */
  readonly onChange: (triggerKey: string) => void;
}

interface Needs {
  readonly namespace: string;
  readonly kinds: readonly WatchedKind[];
}

const NOTHING: Needs = { namespace: "", kinds: [] };

export function createWatchPool({ watch, clock, onChange }: WatchPoolOptions): WatchPool {
  const watches = createNamespaceWatches(watch, onChange);
  const needs = new Map<string, Needs>();
  const heldSinceMs = new Map<string, number>();
  const needsAt = (key: string) => needs.get(key) ?? NOTHING;

  function release(key: string): void {
    const { namespace, kinds } = needsAt(key);
    for (const kind of kinds) watches.of(kind).leave(idOf(namespace, kind), key);
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
      for (const kind of wanted.kinds) watches.of(kind).join(idOf(wanted.namespace, kind), key);
    },
    observed: (key) => (unlisted(watches, needsAt(key)).length > 0 ? undefined : observedOf(watches, needsAt(key))),
    missing: (key) => ({
      kinds: unlisted(watches, needsAt(key)),
      waitedMs: clock.now() - (heldSinceMs.get(key) ?? clock.now()),
    }),
    stop: () => {
      for (const key of [...needs.keys()]) release(key);
    },
  };
}

/** Events are mostly about pods, and pods belong to a Deployment through its ReplicaSets. */
function needsOf(key: string, { target, when }: TriggerSpec): Needs {
  const events = when.some(({ event }) => event !== undefined);
  const pods = events || when.some(({ condition }) => condition?.of === "Pods");
  const wanted: Readonly<Record<"ReplicaSet" | "Pod" | "Event", boolean>> = {
    ReplicaSet: pods && target.kinds.includes("Deployment"),
    Pod: pods,
    Event: events,
  };
  const between = (["ReplicaSet", "Pod", "Event"] as const).filter((kind) => wanted[kind]);
  return { namespace: key.slice(0, key.indexOf("/")), kinds: [...target.kinds, ...between] };
}

function unlisted(watches: NamespaceWatches, { namespace, kinds }: Needs): readonly WatchedKind[] {
  return kinds.filter((kind) => watches.of(kind).list(idOf(namespace, kind)) === undefined);
}

/** What another trigger of the namespace needs is seen as well, and does no harm. */
function observedOf(watches: NamespaceWatches, { namespace, kinds }: Needs): Observed {
  return {
    workloads: kinds.flatMap((kind) => watches.workloads.list(idOf(namespace, kind)) ?? []),
    replicaSets: watches.replicaSets.list(idOf(namespace, "ReplicaSet")) ?? [],
    pods: watches.pods.list(idOf(namespace, "Pod")) ?? [],
    events: watches.events.list(idOf(namespace, "Event")) ?? [],
    departed: watches.departed(namespace),
  };
}

function idOf(namespace: string, kind: WatchedKind): string {
  return `${namespace}/${kind}`;
}
