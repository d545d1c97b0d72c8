import {
  type KindRef,
  KubeError,
  type KubeObject,
  type ListOptions,
  type LogOptions,
  type ObjectRef,
  type Reader,
  type ResourceType,
  type Table,
} from "@sre-agent/kube";

export interface MemoryReader {
  readonly reader: Reader;
  /** Every read, as `verb kind namespace/name`. */
  readonly reads: string[];
  put(object: object): void;
  /** What `reader.table` answers for a kind, instead of names alone. */
  setTable(kind: string, table: Table): void;
  setLog(text: string): void;
  /** What each container said; may throw, as the kubelet does for one that did not start. */
  setLogs(logOf: (options: LogOptions) => string): void;
  /** Runs before every read and may throw. */
  hook: (what: string, signal: AbortSignal | undefined) => void | Promise<void>;
}

const type = (apiVersion: string, kind: string, namespaced = true): ResourceType => ({
  apiVersion,
  kind,
  resource: `${kind.toLowerCase()}${kind.endsWith("s") ? "es" : "s"}`,
  singular: kind.toLowerCase(),
  shortNames: [],
  namespaced,
  verbs: ["get", "list"],
  categories: [],
});

const TYPES: readonly ResourceType[] = [
  type("v1", "Pod"),
  type("v1", "ConfigMap"),
  type("v1", "Namespace", false),
  type("v1", "Node", false),
  type("apps/v1", "Deployment"),
  type("apps/v1", "DaemonSet"),
  type("apps/v1", "ReplicaSet"),
  type("apps/v1", "StatefulSet"),
  type("v1", "Secret"),
  type("v1", "Service"),
  type("v1", "Event"),
  type("v1", "ServiceAccount"),
  type("v1", "PersistentVolumeClaim"),
];

/** Reads of a cluster that is a list of objects. */
export function createMemoryReader(): MemoryReader {
  const objects: KubeObject[] = [];
  const tables = new Map<string, Table>();
  let logOf: (options: LogOptions) => string = () => "";

  const memory: MemoryReader = {
    reads: [],
    put: (object) => void objects.push(object as KubeObject),
    setTable: (kind, table) => void tables.set(kind, table),
    setLog: (text) => {
      logOf = () => text;
    },
    setLogs: (given) => {
      logOf = given;
    },
    hook: () => undefined,
    reader: {
      async get<T extends KubeObject>(ref: ObjectRef, options: { readonly signal?: AbortSignal } = {}): Promise<T> {
        await seen(`get ${ref.kind} ${ref.namespace ?? ""}/${ref.name}`, options.signal);
        const found = matching(ref.kind, ref.namespace).find(({ metadata }) => metadata.name === ref.name);
        if (!found) throw new KubeError(`${ref.kind} ${ref.name} not found`, { code: "NOT_FOUND", status: 404 });
        return found as T;
      },
      async list<T extends KubeObject>(kind: KindRef, options: ListOptions = {}) {
        await seen(`list ${kind.kind} ${options.namespace ?? ""}`, options.signal);
        return { items: matching(kind.kind, options.namespace) as T[], resourceVersion: "1" };
      },
      async listAll<T extends KubeObject>(kind: KindRef, options: ListOptions = {}) {
        await seen(`list ${kind.kind} ${options.namespace ?? ""}`, options.signal);
        return { items: matching(kind.kind, options.namespace) as T[], resourceVersion: "1", truncated: false };
      },
      async table(kind, options = {}) {
        await seen(`table ${kind.kind} ${options.namespace ?? ""}`, options.signal);
        return tables.get(kind.kind) ?? namesOnly(matching(kind.kind, options.namespace));
      },
      async logs(options: LogOptions) {
        await seen(`logs Pod ${options.namespace}/${options.pod}`, options.signal);
        if (!matching("Pod", options.namespace).some(({ metadata }) => metadata.name === options.pod)) {
          throw new KubeError(`pods "${options.pod}" not found`, { code: "NOT_FOUND", status: 404 });
        }
        return logOf(options);
      },
      discover: async () => TYPES,
      async resolve(name) {
        const found = TYPES.find(({ kind, resource }) => [kind.toLowerCase(), resource].includes(name.toLowerCase()));
        if (!found) throw new KubeError(`There is no kind "${name}". Near: Pod.`, { code: "UNKNOWN_KIND" });
        return found;
      },
      raw: async () => ({}),
    },
  };

  async function seen(what: string, signal: AbortSignal | undefined): Promise<void> {
    memory.reads.push(what);
    await memory.hook(what, signal);
  }

  function matching(kind: string, namespace: string | undefined): readonly KubeObject[] {
    return objects.filter(
      (object) => object.kind === kind && (namespace === undefined || object.metadata.namespace === namespace),
    );
  }

  return memory;
}

function namesOnly(objects: readonly KubeObject[]): Table {
  return {
    columns: [{ name: "Name", type: "string", priority: 0 }],
    rows: objects.map(({ metadata: { name, namespace } }) => ({
      cells: [name],
      name,
      ...(namespace === undefined ? {} : { namespace }),
    })),
  };
}
