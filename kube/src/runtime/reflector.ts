import type { Clock } from "../clock.ts";
import { type Connection, INTERNALS } from "../connection.ts";
import { isKubeError, KubeError } from "../error.ts";
import type { KindRef, KubeObject } from "../object.ts";
import { redactObject } from "../redact-object.ts";
import { collectionPath } from "../resource-path.ts";
import { errorOfFailure } from "../status-error.ts";
import type { KubeRequest, OpenStream } from "../transport.ts";
import { type WatchEvent, watchEvents } from "../watch-events.ts";
import { backoffMs } from "./backoff.ts";
import { createStore, type Entry, type MutableStore, type OnChange, type Store } from "./store.ts";

/** Runs work, at once or when it is its turn. */
export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

export interface ReflectorOptions<T, O extends KubeObject = KubeObject> {
  readonly connection: Connection;
  readonly kind: KindRef;
  /** Absent: all namespaces. */
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** What is kept of an object; the rest is dropped as it arrives. Default: all of it but managedFields, as a Reader's. */
  readonly project?: (object: O) => T;
  readonly clock: Clock;
  /** 0 ≤ x < 1; spreads reconnects. */
  readonly random: () => number;
  readonly onChange?: OnChange<T>;
  /** Shared with other reflectors: what is listed at once is in memory at once. Absent: nothing waits. */
  readonly gate?: Gate;
  /** Failed lists and watches, each tried again for ever; also what `onChange` and `project` throw. */
  readonly onError: (error: unknown) => void;
}

/** Keeps a copy of a kind, by list and watch. */
export interface Reflector<T> {
  /** Works until `signal` aborts; resolves then. */
  run(signal: AbortSignal): Promise<void>;
  readonly store: Store<T>;
  /** Resolves after the first complete list; rejects with ABORTED when stopped before. */
  readonly synced: Promise<void>;
  /** When the API server was last heard, ms since the epoch; 0 before the first answer. */
  readonly lastSeenMs: number;
}

/** Small, because a process that watches keeps the memory that its largest pages took: those of 500 pods are megabytes. */
const PAGE_SIZE = 100;
/** Bookmarks come about once a minute, so two minutes of silence is a dead connection. */
const SILENCE_MS = 120_000;
/** A watch that lived this long was a success, whatever ended it. */
const HEALTHY_MS = 30_000;
const TOO_SHORT_MS = 1_000;
const LIST_TIMEOUT_MS = 60_000;

interface ListAnswer<O> {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
  readonly items: readonly O[] | null;
}

export function createReflector<T = KubeObject, O extends KubeObject = KubeObject>(
  options: ReflectorOptions<T, O>,
): Reflector<T> {
  return new ListWatch(options);
}

class ListWatch<T, O extends KubeObject> implements Reflector<T> {
  readonly #options: ReflectorOptions<T, O>;
  readonly #what: string;
  readonly #store: MutableStore<T>;
  readonly #sync = Promise.withResolvers<void>();
  /** Where the next watch starts; undefined asks for a list. */
  #resourceVersion: string | undefined;
  #failures = 0;
  #lastSeenMs = 0;

  constructor(options: ReflectorOptions<T, O>) {
    this.#options = options;
    this.#what = `watch of ${options.kind.apiVersion} ${options.kind.kind}`;
    this.#store = createStore<T>(guarded(options.onChange ?? (() => undefined), options.onError));
    this.#sync.promise.catch(() => undefined);
  }

  get store(): Store<T> {
    return this.#store;
  }

  get synced(): Promise<void> {
    return this.#sync.promise;
  }

  get lastSeenMs(): number {
    return this.#lastSeenMs;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        this.#resourceVersion ??= await this.#list(signal);
        await this.#watch(this.#resourceVersion, signal);
      } catch (error) {
        await this.#afterFailure(error, signal);
      }
    }
    this.#sync.reject(new KubeError(`${this.#what} was stopped.`, { code: "ABORTED" }));
  }

  async #afterFailure(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    if (needsList(error)) this.#resourceVersion = undefined;
    if (!isKubeError(error, "GONE")) this.#options.onError(error);
    await this.#backOff(signal);
  }

  async #backOff(signal: AbortSignal): Promise<void> {
    const { clock, random } = this.#options;
    await clock.sleep(backoffMs(this.#failures, random), signal).catch(() => undefined);
    this.#failures += 1;
  }

  async #request(signal: AbortSignal): Promise<KubeRequest> {
    const { connection, kind, namespace, labelSelector, fieldSelector } = this.#options;
    const path = collectionPath(await connection[INTERNALS].discovery.byKind(kind), namespace);
    return { signal, method: "GET", path, query: { labelSelector, fieldSelector } };
  }

  /** The resourceVersion to watch from. The store changes only when all pages are there. */
  async #list(signal: AbortSignal): Promise<string> {
    const { gate = (work) => work() } = this.#options;
    const request = await this.#request(signal);
    const entries = new Map<string, Entry<T>>();
    let from: Partial<ListAnswer<O>["metadata"]> = {};
    do {
      const query = { ...request.query, limit: PAGE_SIZE, continue: from.continue };
      from = await gate(() => this.#page({ ...request, query }, entries));
    } while (from.continue);
    signal.throwIfAborted();
    this.#store.replaceAll(entries);
    this.#sync.resolve();
    return from.resourceVersion ?? "";
  }

  /** Keeps what one page holds; nothing but where the list goes on remains of the page itself. */
  async #page(request: KubeRequest, entries: Map<string, Entry<T>>): Promise<ListAnswer<O>["metadata"]> {
    const { connection, clock } = this.#options;
    const { metadata, items } = await connection[INTERNALS].transport.json<ListAnswer<O>>({
      ...request,
      timeoutMs: LIST_TIMEOUT_MS,
      leaveOut: ["managedFields"],
    });
    this.#lastSeenMs = clock.now();
    for (const item of items ?? []) this.#keep(item, (key, entry) => entries.set(key, entry));
    return metadata;
  }

  async #watch(resourceVersion: string, signal: AbortSignal): Promise<void> {
    const { connection, clock, random } = this.#options;
    const request = await this.#request(signal);
    const startedMs = clock.now();
    const timeoutSeconds = 300 + Math.floor(random() * 301);
    const stream = await connection[INTERNALS].transport.stream({
      ...request,
      query: { ...request.query, watch: true, allowWatchBookmarks: true, timeoutSeconds, resourceVersion },
    });
    try {
      await this.#follow(stream, signal);
    } finally {
      if (clock.now() - startedMs >= HEALTHY_MS) this.#failures = 0;
    }
    // An API server that ends every watch at once must not be asked in a tight loop.
    if (clock.now() - startedMs < TOO_SHORT_MS && !signal.aborted) await this.#backOff(signal);
  }

  async #follow(stream: OpenStream, signal: AbortSignal): Promise<void> {
    const { connection, clock } = this.#options;
    const ended = new AbortController();
    this.#lastSeenMs = clock.now();
    void this.#closeWhenSilent(stream, ended.signal);
    try {
      for await (const event of watchEvents(stream, this.#what)) {
        if (signal.aborted) return;
        this.#apply(event);
      }
    } catch (error) {
      throw errorOfFailure(error, connection.server);
    } finally {
      ended.abort();
      stream.close();
    }
  }

  async #closeWhenSilent(stream: OpenStream, ended: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    let leftMs = SILENCE_MS;
    while (leftMs > 0 && !ended.aborted) {
      await clock.sleep(leftMs, ended).catch(() => undefined);
      leftMs = this.#lastSeenMs + SILENCE_MS - clock.now();
    }
    if (ended.aborted) return;
    stream.close(new KubeError(`${this.#what}: silent for ${SILENCE_MS / 1000} s.`, { code: "TIMEOUT" }));
  }

  #apply({ type, object }: WatchEvent): void {
    this.#lastSeenMs = this.#options.clock.now();
    this.#failures = 0;
    this.#resourceVersion = object.metadata.resourceVersion;
    if (type === "BOOKMARK") return;
    if (type === "DELETED") this.#store.remove(keyOf(object));
    else this.#keep(object as O, (key, entry) => this.#store.put(key, entry));
  }

  /** An object that cannot be projected is told and left out; it must not stop all others. */
  #keep(object: O, put: (key: string, entry: Entry<T>) => void): void {
    const { kind, project = (whole: O) => whole as unknown as T, onError } = this.#options;
    const { uid, resourceVersion } = object.metadata;
    let value: T;
    try {
      value = project(redactObject<O>(object, kind, { withoutManagers: true }));
    } catch (error) {
      onError(error);
      return;
    }
    put(keyOf(object), { uid, resourceVersion, value });
  }
}

/**
 * True when the API server refuses the resourceVersion itself: too old, or after a restore of etcd too new (504).
 * After a lost connection or an overload the watch goes on where it was, which costs the API server less.
 */
function needsList(error: unknown): boolean {
  return isKubeError(error, "GONE", "INVALID", "NOT_FOUND") || (isKubeError(error, "TIMEOUT") && error.status === 504);
}

/** The key of an object in stores and queues: `namespace/name`, or `name` for cluster-scoped kinds. */
export function keyOf({ metadata: { namespace, name } }: Pick<KubeObject, "metadata">): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function guarded<T>(onChange: OnChange<T>, onError: (error: unknown) => void): OnChange<T> {
  return (...change) => {
    try {
      onChange(...change);
    } catch (error) {
      onError(error);
    }
  };
}
