import {
  type BoundedList,
  type JsonPatch,
  type KindRef,
  KubeError,
  type KubeObject,
  type ObjectRef,
  type Previewer,
  type Reader,
  type RecordWriter,
  type Writer,
} from "@sre-agent/kube";

type Stored = KubeObject & Record<string, unknown>;

/** A call that the cluster was asked for, and whether the hook sees it before or after it took effect. */
interface Call {
  readonly number: number;
  readonly what: string;
  readonly when: "before" | "after";
}

/** The part of an API server that the act server uses: objects, compare-and-swap, JSON Patch with `test`, dry run. */
export interface MemoryCluster {
  readonly reader: Reader;
  readonly previewer: Previewer;
  readonly records: RecordWriter;
  readonly writer: Writer;
  /** What the writer stored, in order. */
  readonly writes: readonly JsonPatch[];
  readonly evictions: readonly string[];
  /** May throw: before, nothing happened; after, it did and nobody was told. */
  hook: (call: Call) => void;
  put(object: object): void;
  remove(ref: ObjectRef): void;
  peek<T extends KubeObject = KubeObject>(ref: ObjectRef): T | undefined;
  all<T extends KubeObject = KubeObject>(kind: string): readonly T[];
}

const keyOf = ({ kind, namespace, name }: ObjectRef) => `${kind}/${namespace ?? ""}/${name}`;
const refOf = ({ apiVersion, kind, metadata }: KubeObject): ObjectRef => ({
  apiVersion,
  kind,
  name: metadata.name,
  ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
});

export function createMemoryCluster(nowMs: () => number): MemoryCluster {
  const objects = new Map<string, Stored>();
  const writes: JsonPatch[] = [];
  const evictions: string[] = [];
  let version = 100;
  let calls = 0;

  async function call<T>(what: string, run: () => T): Promise<T> {
    calls += 1;
    const number = calls;
    cluster.hook({ number, what, when: "before" });
    const answer = structuredClone(run());
    cluster.hook({ number, what, when: "after" });
    return answer;
  }

  function found(ref: ObjectRef): Stored {
    const object = objects.get(keyOf(ref));
    if (!object) throw new KubeError(`${ref.kind} ${ref.name} not found`, { code: "NOT_FOUND", status: 404 });
    return object;
  }

  function store(object: Stored, before?: Stored): Stored {
    version += 1;
    const changed = JSON.stringify(before?.["spec"]) !== JSON.stringify(object["spec"]);
    const generation = (before?.metadata.generation ?? 0) + (changed ? 1 : 0);
    const given: Partial<Stored["metadata"]> & { readonly name: string } = object.metadata;
    const metadata = {
      uid: `uid-${version}`,
      creationTimestamp: new Date(nowMs()).toISOString(),
      ...given,
      generation,
      resourceVersion: String(version),
    };
    const next = { ...object, metadata };
    objects.set(keyOf(refOf(next)), next);
    return next;
  }

  const reader: Pick<Reader, "get" | "listAll" | "resolve"> = {
    get: <T extends KubeObject>(ref: ObjectRef) => call(`get ${ref.kind}`, () => found(ref) as unknown as T),
    listAll: <T extends KubeObject>({ kind }: KindRef, options: { readonly namespace?: string } = {}) =>
      call(`list ${kind}`, (): BoundedList<T> => {
        const items = [...objects.values()].filter(
          (object) =>
            object.kind === kind &&
            (options.namespace === undefined || object.metadata.namespace === options.namespace),
        );
        return { items: items as unknown as T[], resourceVersion: String(version), truncated: false };
      }),
    resolve: (name) =>
      call(`resolve ${name}`, () => ({
        apiVersion: "sre-agent.dev/v1alpha1",
        kind: "SreRemediation",
        resource: name,
        singular: name,
        shortNames: [],
        namespaced: true,
        verbs: [],
        categories: [],
      })),
  };

  const cluster: MemoryCluster = {
    // What the act server does not use is not there, and would fail loudly.
    reader: reader as Reader,
    previewer: {
      patch: <T extends KubeObject>(ref: ObjectRef, patch: JsonPatch) =>
        call(`dry run ${ref.kind}`, () => patched(found(ref), patch) as unknown as T),
    },
    records: {
      create: <T extends KubeObject>(object: object) =>
        call("create", () => {
          const ref = refOf(object as KubeObject);
          if (objects.has(keyOf(ref))) throw new KubeError("exists", { code: "ALREADY_EXISTS", status: 409 });
          return store(object as Stored) as unknown as T;
        }),
      replaceStatus: <T extends KubeObject>(object: KubeObject, status: object) =>
        call(`status of ${object.kind}`, () => {
          const current = found(refOf(object));
          if (current.metadata.resourceVersion !== object.metadata.resourceVersion) {
            throw new KubeError("changed", { code: "CONFLICT", status: 422 });
          }
          return store({ ...current, status: structuredClone(status) }, current) as unknown as T;
        }),
      merge: () => Promise.reject(new KubeError("not here", { code: "INVALID" })),
      delete: (ref) =>
        call("delete", () => {
          found(ref);
          objects.delete(keyOf(ref));
        }),
    },
    writer: {
      patch: <T extends KubeObject>(ref: ObjectRef, patch: JsonPatch) =>
        call("write", () => {
          const current = found(ref);
          const next = store(patched(current, patch), current);
          writes.push(patch);
          return next as unknown as T;
        }),
      evict: ({ namespace, name }) =>
        call("evict", () => {
          found({ apiVersion: "v1", kind: "Pod", namespace, name });
          objects.delete(keyOf({ apiVersion: "v1", kind: "Pod", namespace, name }));
          evictions.push(name);
        }),
    },
    writes,
    evictions,
    hook: () => undefined,
    put(object) {
      const given = structuredClone(object) as Stored;
      store(given, objects.get(keyOf(refOf(given))));
    },
    remove: (ref) => void objects.delete(keyOf(ref)),
    peek: <T extends KubeObject>(ref: ObjectRef) =>
      structuredClone(objects.get(keyOf(ref))) as unknown as T | undefined,
    all: <T extends KubeObject>(kind: string) =>
      structuredClone([...objects.values()].filter((object) => object.kind === kind)) as unknown as T[],
  };
  return cluster;
}

function patched(object: Stored, patch: JsonPatch): Stored {
  const next = structuredClone(object);
  for (const step of patch) apply(next, step);
  return next;
}

function apply(object: Stored, step: JsonPatch[number]): void {
  const names = step.path
    .split("/")
    .slice(1)
    .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  const last = names.pop() ?? "";
  let parent: Record<string, unknown> = object;
  for (const name of names) parent = (parent[name] ?? {}) as Record<string, unknown>;
  if (step.op === "remove") {
    delete parent[last];
  } else if (step.op === "test") {
    if (JSON.stringify(parent[last]) === JSON.stringify(step.value)) return;
    throw new KubeError("testing value failed", { code: "INVALID", status: 422 });
  } else {
    parent[last] = structuredClone(step.value);
  }
}
