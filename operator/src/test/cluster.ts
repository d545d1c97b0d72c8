import { API_VERSION, KINDS, objectSchema } from "@sre-agent/crds";
import {
  type Clock,
  KubeError,
  type KubeErrorCode,
  type KubeObject,
  keyOf,
  type Reader,
  type RecordWriter,
  type Reflector,
  type Store,
} from "@sre-agent/kube";
import type { Watch } from "../watch.ts";

/** Any object, as a test reads it. */
export type Stored = KubeObject & { readonly spec?: unknown; readonly status?: unknown };

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly [field: string]: unknown };
  readonly [field: string]: unknown;
}

type Listener = (object: Stored, gone: boolean) => void;

const kubeError = (code: KubeErrorCode, message: string) => new KubeError(message, { code });
const idOf = (kind: string, namespace: string | undefined, name: string) => `${kind}|${namespace ?? ""}|${name}`;

/** An API server in memory: compare-and-swap, generations, schemas of our kinds, and watches that are told at once. */
export class MemoryCluster {
  readonly #objects = new Map<string, Stored>();
  readonly #listeners = new Set<{ readonly kind: string; readonly tell: Listener }>();
  readonly #clock: Pick<Clock, "now">;
  readonly #forbidden = new Map<string, PromiseWithResolvers<void>>();
  #version = 0;

  constructor(clock: Pick<Clock, "now">) {
    this.#clock = clock;
  }

  /** Creates or replaces, as a person or another controller would. */
  put(object: Manifest): Stored {
    const before = this.#objects.get(idOf(object.kind, object.metadata.namespace, object.metadata.name));
    const stored = {
      ...object,
      metadata: {
        ...before?.metadata,
        generation: (before?.metadata.generation ?? 0) + 1,
        uid: `uid-${object.metadata.name}`,
        creationTimestamp: new Date(this.#clock.now()).toISOString(),
        ...object.metadata,
        resourceVersion: "",
      },
    };
    return this.#store(stored as unknown as Stored);
  }

  get(kind: string, namespace: string | undefined, name: string): Stored | undefined {
    return this.#objects.get(idOf(kind, namespace, name));
  }

  list(kind: string): readonly Stored[] {
    return [...this.#objects.values()].filter((object) => object.kind === kind);
  }

  remove(kind: string, namespace: string | undefined, name: string): void {
    const object = this.get(kind, namespace, name);
    if (object === undefined) throw kubeError("NOT_FOUND", `${kind} ${name} is not there`);
    this.#objects.delete(idOf(kind, namespace, name));
    this.#tell(object, true);
  }

  readonly reader: Pick<Reader, "get" | "listAll"> = {
    get: async <T extends KubeObject>(ref: { kind: string; namespace?: string; name: string }) => {
      const found = this.get(ref.kind, ref.namespace, ref.name);
      if (found === undefined) throw kubeError("NOT_FOUND", `${ref.kind} ${ref.name} is not there`);
      return structuredClone(found) as unknown as T;
    },
    listAll: async <T extends KubeObject>(
      { kind }: { kind: string },
      options: { namespace?: string; labelSelector?: string } = {},
    ) => {
      const [label = "", value] = options.labelSelector?.split("=") ?? [];
      const items = this.list(kind)
        .filter(({ metadata }) => options.namespace === undefined || metadata.namespace === options.namespace)
        .filter(({ metadata }) => options.labelSelector === undefined || metadata.labels?.[label] === value);
      return { items: structuredClone(items) as unknown as T[], resourceVersion: `${this.#version}`, truncated: false };
    },
  };

  readonly recordWriter: RecordWriter = {
    create: async <T extends KubeObject>(object: object) => {
      const { kind, metadata } = object as Stored;
      if (this.get(kind, metadata.namespace, metadata.name))
        throw kubeError("ALREADY_EXISTS", `${metadata.name} exists`);
      return structuredClone(this.put(object as unknown as Manifest)) as unknown as T;
    },
    merge: () => Promise.reject(new Error("the operator never merges")),
    replaceStatus: async <T extends KubeObject>(object: KubeObject, status: object) => {
      const { namespace, name, uid, resourceVersion } = object.metadata;
      const current = this.get(object.kind, namespace, name);
      if (current === undefined) throw kubeError("NOT_FOUND", `${name} is not there`);
      if (current.metadata.uid !== uid || current.metadata.resourceVersion !== resourceVersion) {
        throw kubeError("CONFLICT", `${name} changed`);
      }
      return structuredClone(this.#store({ ...current, status } as Stored)) as unknown as T;
    },
    delete: async ({ kind, namespace, name }, { uid } = {}) => {
      if (uid !== undefined && this.get(kind, namespace, name)?.metadata.uid !== uid) throw kubeError("CONFLICT", name);
      this.remove(kind, namespace, name);
    },
  };

  readonly watch: Watch = <T, O extends KubeObject>(options: Parameters<typeof this.watch<T, O>>[0]) => {
    const { kind, namespace, project, onChange } = options;
    const known = new Map<string, T>();
    const sync = Promise.withResolvers<void>();
    sync.promise.catch(() => undefined);
    const tell: Listener = (object, gone) => {
      if (namespace !== undefined && object.metadata.namespace !== namespace) return;
      const key = keyOf(object);
      const old = known.get(key);
      const now = gone ? undefined : project(structuredClone(object) as unknown as O);
      if (now === undefined) known.delete(key);
      else known.set(key, now);
      if (old !== undefined || now !== undefined) onChange?.(key, old, now);
    };
    const store: Store<T> = {
      get: (key) => known.get(key),
      list: () => [...known.values()],
      keys: () => [...known.keys()],
      get size() {
        return known.size;
      },
    };
    const run = async (signal: AbortSignal) => {
      const listener = { kind: kind.kind, tell };
      await (this.#forbidden.get(kind.kind)?.promise ?? Promise.resolve());
      for (const object of this.list(kind.kind)) tell(object, false);
      this.#listeners.add(listener);
      sync.resolve();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      this.#listeners.delete(listener);
    };
    const clock = this.#clock;
    return {
      run,
      store,
      synced: sync.promise,
      get lastSeenMs() {
        return clock.now();
      },
    } satisfies Reflector<T>;
  };

  /** Watches of a kind that begin from now on get no list until the returned function is called. */
  forbid(kind: string): () => void {
    const gate = Promise.withResolvers<void>();
    this.#forbidden.set(kind, gate);
    return gate.resolve;
  }

  /** How many watches are open on a kind. */
  watching(kind: string): number {
    return [...this.#listeners].filter((listener) => listener.kind === kind).length;
  }

  #store(object: Stored): Stored {
    const { namespace, name } = object.metadata;
    this.#version += 1;
    const versioned = { ...object, metadata: { ...object.metadata, resourceVersion: `${this.#version}` } };
    const definition = object.apiVersion === API_VERSION && KINDS.find(({ kind }) => kind === object.kind);
    const checked = definition
      ? (objectSchema(definition).parse(structuredClone(versioned)) as unknown as Stored)
      : versioned;
    this.#objects.set(idOf(object.kind, namespace, name), checked);
    this.#tell(checked, false);
    return checked;
  }

  #tell(object: Stored, gone: boolean): void {
    for (const { kind, tell } of this.#listeners) if (kind === object.kind) tell(object, gone);
  }
}
