import { atMost } from "@sre-agent/frame";
import {
  type Clock,
  type Connection,
  createReflector,
  type KindRef,
  type KubeObject,
  type Reflector,
  type Store,
} from "@sre-agent/kube";

export interface WatchOptions<T, O extends KubeObject> {
  readonly kind: KindRef;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  /** What is kept of an object. */
  readonly project: (object: O) => T;
  readonly onChange?: (key: string, old: T | undefined, now: T | undefined) => void;
  /** Instead of that of all watches. */
  readonly onError?: (error: unknown) => void;
}

/** Makes a copy of a kind that follows the cluster while it runs. */
export type Watch = <T, O extends KubeObject>(options: WatchOptions<T, O>) => Reflector<T>;

export interface WatchDependencies {
  readonly connection: Connection;
  readonly clock: Clock;
  /** 0 ≤ x < 1. */
  readonly random: () => number;
  readonly onError: (error: unknown) => void;
}

/** Pages of lists that are read at once: a page of pods is megabytes, and little of it is kept. */
const PAGES = 2;

/** Watches through the API server. */
export function createWatch(dependencies: WatchDependencies): Watch {
  const gate = atMost(PAGES);
  return (options) => createReflector({ ...dependencies, gate, ...options });
}

/** One copy of a kind over several namespaces; over all of them when none is named. */
export function watchIn<T, O extends KubeObject>(
  watch: Watch,
  namespaces: readonly string[],
  options: Omit<WatchOptions<T, O>, "namespace">,
): Reflector<T> {
  const [first, ...others] = namespaces;
  if (first === undefined) return watch(options);
  const all = [first, ...others].map((namespace) => watch({ ...options, namespace }));
  return {
    run: async (signal) => void (await Promise.all(all.map((reflector) => reflector.run(signal)))),
    store: union(all.map(({ store }) => store)),
    synced: Promise.all(all.map(({ synced }) => synced)).then(() => undefined),
    get lastSeenMs() {
      return Math.min(...all.map(({ lastSeenMs }) => lastSeenMs));
    },
  };
}

function union<T>(stores: readonly Store<T>[]): Store<T> {
  return {
    get: (key) => stores.map((store) => store.get(key)).find((value) => value !== undefined),
    list: () => stores.flatMap((store) => store.list()),
    keys: () => stores.flatMap((store) => store.keys()),
    get size() {
      return stores.reduce((sum, store) => sum + store.size, 0);
    },
  };
}
