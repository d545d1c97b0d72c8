import type { BoundedList, CallOptions, ListOptions, LogOptions, Page, Reader } from "./access.ts";
import { callOnly } from "./call-only.ts";
import { type Connection, INTERNALS } from "./connection.ts";
import type { KindRef, KubeObject, ObjectRef } from "./object.ts";
import { readRaw } from "./raw-path.ts";
import { redactObject } from "./redact-object.ts";
import { collectionPath, objectPath, segment } from "./resource-path.ts";
import { readTable } from "./table.ts";

const PAGE_SIZE = 500;
const MAX_ITEMS = 5_000;
const MAX_LOG_LINES = 2_000;
const MAX_LOG_BYTES = 1024 * 1024;

/** A list as the API server sends it; its items lack apiVersion and kind. */
interface ListAnswer {
  readonly metadata?: {
    readonly resourceVersion?: string;
    readonly continue?: string;
    readonly remainingItemCount?: number;
  };
  readonly items?: readonly KubeObject[] | null;
}

/** Reads with the connection's identity; see Reader for what it takes out of the answers. */
export function createReader(connection: Connection): Reader {
  const { transport, discovery } = connection[INTERNALS];

  async function get<T extends KubeObject>(ref: ObjectRef, options: CallOptions = {}): Promise<T> {
    const type = await discovery.byKind(ref);
    const path = objectPath(type, ref);
    return redactObject<T>(await transport.json<KubeObject>({ ...callOnly(options), method: "GET", path }), ref);
  }

  async function list<T extends KubeObject>(kind: KindRef, options: ListOptions = {}): Promise<Page<T>> {
    const path = collectionPath(await discovery.byKind(kind), options.namespace);
    const { leaveOut = [] } = options;
    const answer = await transport.json<ListAnswer>({
      ...{ ...callOnly(options), method: "GET", path },
      ...{ query: listQuery(options), leaveOut },
    });
    return toPage<T>(answer, kind, leaveOut.includes("managedFields"));
  }

  return {
    get,
    list,
    listAll: (kind, options = {}) => listAll((page) => list(kind, page), options),
    table: async (kind, options = {}) =>
      readTable(transport, {
        ...callOnly(options),
        path: collectionPath(await discovery.byKind(kind), options.namespace),
        query: listQuery(options),
      }),
    logs: (options) => transport.text({ ...callOnly(options), method: "GET", ...logRequest(options) }),
    discover: () => discovery.all(),
    resolve: (name) => discovery.byName(name),
    raw: (path, options = {}) => readRaw(transport, path, callOnly(options)),
  };
}

function listQuery(options: ListOptions): Record<string, string | number | undefined> {
  return {
    limit: options.limit ?? PAGE_SIZE,
    continue: options.continue,
    labelSelector: options.labelSelector,
    fieldSelector: options.fieldSelector,
  };
}

function toPage<T extends KubeObject>(
  { metadata = {}, items }: ListAnswer,
  kind: KindRef,
  withoutManagers: boolean,
): Page<T> {
  return {
    items: (items ?? []).map((item) => redactObject<T>(item, kind, { withoutManagers })),
    resourceVersion: metadata.resourceVersion ?? "",
    ...(metadata.continue ? { continue: metadata.continue } : {}),
    ...(metadata.remainingItemCount === undefined ? {} : { remaining: metadata.remainingItemCount }),
  };
}

async function listAll<T extends KubeObject>(
  listPage: (options: ListOptions) => Promise<Page<T>>,
  { maxItems = MAX_ITEMS, ...options }: ListOptions & { readonly maxItems?: number },
): Promise<BoundedList<T>> {
  const items: T[] = [];
  let page: Page<T> | undefined;
  do {
    const limit = Math.min(options.limit ?? PAGE_SIZE, maxItems - items.length);
    page = await listPage({ ...options, limit, ...(page?.continue === undefined ? {} : { continue: page.continue }) });
    items.push(...page.items);
  } while (page.continue !== undefined && items.length < maxItems);
  return {
    items: items.slice(0, maxItems),
    resourceVersion: page.resourceVersion,
    truncated: page.continue !== undefined || items.length > maxItems,
  };
}

function logRequest(options: LogOptions): {
  path: string;
  query: Record<string, string | number | boolean | undefined>;
} {
  return {
    path: `/api/v1/namespaces/${segment(options.namespace, "namespace")}/pods/${segment(options.pod, "pod")}/log`,
    query: {
      container: options.container,
      previous: options.previous,
      tailLines: options.tailLines ?? MAX_LOG_LINES,
      limitBytes: options.limitBytes ?? MAX_LOG_BYTES,
      sinceSeconds: options.sinceSeconds,
      timestamps: options.timestamps,
    },
  };
}
