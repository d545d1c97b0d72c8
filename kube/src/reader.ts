import { setImmediate as turnOfLoop } from "node:timers/promises";
import type { BoundedList, CallOptions, ListOptions, LogOptions, Page, Reader } from "./access.ts";
import { callOnly } from "./call-only.ts";
import { type Connection, INTERNALS } from "./connection.ts";
import type { KindRef, KubeObject, ObjectRef } from "./object.ts";
import { readRaw } from "./raw-path.ts";
import { redactObject } from "./redact-object.ts";
import { collectionPath, objectPath, segment } from "./resource-path.ts";
import { readTable } from "./table.ts";
import { parseAnswer } from "./transport.ts";

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

interface ReceivedPage<T extends KubeObject> {
  /** Where the next page begins, as far as that can be seen without parsing. */
  readonly next: string | undefined;
  /** Once only. */
  parse(): Page<T>;
}

/** Reads with the connection's identity; see Reader for what it takes out of the answers. */
export function createReader(connection: Connection): Reader {
  const { transport, discovery } = connection[INTERNALS];

  async function get<T extends KubeObject>(ref: ObjectRef, options: CallOptions = {}): Promise<T> {
    const type = await discovery.byKind(ref);
    const path = objectPath(type, ref);
    return redactObject<T>(await transport.json<KubeObject>({ ...callOnly(options), method: "GET", path }), ref);
  }

  async function receivePage<T extends KubeObject>(kind: KindRef, options: ListOptions): Promise<ReceivedPage<T>> {
    const path = collectionPath(await discovery.byKind(kind), options.namespace);
    const { leaveOut = [] } = options;
    const request = { ...callOnly(options), method: "GET", path, query: listQuery(options), leaveOut } as const;
    const body = await transport.unparsed(request);
    return {
      next: nextPageOf(body),
      parse: () => toPage<T>(parseAnswer(body, request), kind, leaveOut.includes("managedFields")),
    };
  }

  return {
    get,
    list: async <T extends KubeObject>(kind: KindRef, options: ListOptions = {}) =>
      (await receivePage<T>(kind, options)).parse(),
    listAll: (kind, options = {}) => listAll((page) => receivePage(kind, page), options),
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

/** What a list says of itself stands before its items. */
const LIST_HEAD_BYTES = 4_096;

function nextPageOf(body: Buffer): string | undefined {
  const [ownFields = "", ...items] = body.toString("latin1", 0, LIST_HEAD_BYTES).split('"items":');
  return items.length === 0 ? undefined : /"continue":"([^"\\]+)"/.exec(ownFields)?.[1];
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

/** While one page is parsed, the API server prepares the next one. */
async function listAll<T extends KubeObject>(
  receive: (options: ListOptions) => Promise<ReceivedPage<T>>,
  { maxItems = MAX_ITEMS, limit = PAGE_SIZE, ...options }: ListOptions & { readonly maxItems?: number },
): Promise<BoundedList<T>> {
  const items: T[] = [];
  const ask = (next: string, held: number) =>
    receive({ ...options, continue: next, limit: Math.min(limit, maxItems - held) });
  let received = await receive({ ...options, limit: Math.min(limit, maxItems) });
  for (;;) {
    const mostHeld = items.length + limit;
    const early = await askEarly(mostHeld < maxItems ? received.next : undefined, (next) => ask(next, mostHeld));
    const page = received.parse();
    items.push(...page.items);
    if (page.continue === undefined || items.length >= maxItems) return bounded(items, page, maxItems);
    received = await (early?.next === page.continue ? early.page : ask(page.continue, items.length));
  }
}

/** Returns when the question is on its way: parsing lets nothing else happen. */
async function askEarly<P>(
  next: string | undefined,
  ask: (next: string) => Promise<P>,
): Promise<{ readonly next: string; readonly page: Promise<P> } | undefined> {
  if (next === undefined) return undefined;
  const page = ask(next);
  // Of no interest when the page before cannot be read.
  page.catch(() => undefined);
  await turnOfLoop();
  return { next, page };
}

function bounded<T>(items: readonly T[], last: Page<T>, maxItems: number): BoundedList<T> {
  return {
    items: items.slice(0, maxItems),
    resourceVersion: last.resourceVersion,
    truncated: last.continue !== undefined || items.length > maxItems,
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
