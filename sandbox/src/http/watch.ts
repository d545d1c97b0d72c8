import { expired } from "../api-error.ts";
import type { KubeObject } from "../object.ts";
import { apiVersionOf } from "../resources/resource.ts";
import type { Change, ChangeType } from "../store/history.ts";
import { type Form, formOf, presentObject } from "./present.ts";
import { invalidVersion } from "./read.ts";
import type { Answer, Api, TargetRequest } from "./request.ts";
import { selectionOf } from "./selection.ts";

/** How often a quiet watch hears of the current version. */
const BOOKMARK_EVERY_MS = 30_000;

/** Shortly before its end a watch hears of the version with which to go on. */
const LAST_BOOKMARK_MS = 2_000;

/** Without `timeoutSeconds` the API server ends a watch after 30 to 60 minutes. */
const DEFAULT_TIMEOUT_MS = 45 * 60_000;

export function watchObjects(api: Api, request: TargetRequest): Answer {
  const selected = selectionOf(request);
  const version = request.query.get("resourceVersion") ?? "";
  if (version !== "" && !/^\d+$/.test(version)) throw invalidVersion(version);
  return {
    kind: "stream",
    run: (write, signal) => runWatch({ api, request, selected, since: Number(version), write, signal }),
  };
}

interface Watch {
  readonly api: Api;
  readonly request: TargetRequest;
  /** 0: begin with what exists. */
  readonly since: number;
  readonly signal: AbortSignal;
  selected(object: KubeObject): boolean;
  write(line: string): void;
}

async function runWatch(watch: Watch): Promise<void> {
  const { api, request, since, signal } = watch;
  const sink = createSink(watch);
  const missed = since === 0 ? [] : api.store.changesSince(since);
  if (missed === undefined) {
    const { body } = expired(`too old resource version: ${since} (${api.store.version()})`);
    sink.raw("ERROR", body);
    return;
  }
  if (since === 0) sendExisting(watch, sink);
  for (const change of missed) sink.change(change);
  const unsubscribe = api.store.subscribe((change) => {
    if (change.version > since) sink.change(change);
  });
  try {
    await untilTimeout(watch, sink);
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    unsubscribe();
  }

  function sendExisting({ selected }: Watch, to: Sink): void {
    for (const object of api.store.list(request.target.resource.storage)) {
      if (selected(object)) to.event("ADDED", object);
    }
    if (request.query.get("sendInitialEvents") === "true") to.bookmark({ "k8s.io/initial-events-end": "true" });
  }
}

async function untilTimeout({ api, request, signal }: Watch, sink: Sink): Promise<void> {
  const seconds = Number(request.query.get("timeoutSeconds") ?? 0);
  const end = api.clock.now() + (seconds > 0 ? seconds * 1_000 : DEFAULT_TIMEOUT_MS);
  const wantsBookmarks = request.query.get("allowWatchBookmarks") === "true";
  for (let left = end - api.clock.now(); left > 0; left = end - api.clock.now()) {
    const untilLast = left > LAST_BOOKMARK_MS ? left - LAST_BOOKMARK_MS : left;
    await api.clock.sleep(Math.min(untilLast, BOOKMARK_EVERY_MS), signal);
    if (wantsBookmarks && api.clock.now() < end) sink.bookmark();
  }
}

interface Sink {
  change(change: Change): void;
  event(type: ChangeType, object: KubeObject): void;
  bookmark(annotations?: Readonly<Record<string, string>>): void;
  raw(type: string, object: unknown): void;
}

function createSink({ api, request, selected, write }: Watch): Sink {
  const { resource } = request.target;
  const form = formOf(request);
  let isFirst = true;

  const raw = (type: string, object: unknown) => write(`${JSON.stringify({ type, object })}\n`);

  function event(type: ChangeType, object: KubeObject): void {
    const shown = presentObject(resource, object, { form, nowMs: api.clock.now() });
    raw(type, form === "table" && !isFirst ? { ...(shown as object), columnDefinitions: null } : shown);
    isFirst = false;
  }

  return {
    raw,
    event,
    change(change) {
      if (change.storage !== resource.storage) return;
      const type = visibleType(change, selected);
      if (type !== undefined) event(type, change.object);
    },
    bookmark(annotations) {
      const metadata = { resourceVersion: String(api.store.version()), ...(annotations ? { annotations } : {}) };
      raw("BOOKMARK", bookmarkObject(form, { kind: resource.kind, apiVersion: apiVersionOf(resource), metadata }));
    },
  };
}

function bookmarkObject(
  form: Form,
  object: { readonly kind: string; readonly apiVersion: string; readonly metadata: object },
): unknown {
  if (form === "object") return object;
  const kind = form === "table" ? "Table" : "PartialObjectMetadata";
  return { ...object, kind, apiVersion: "meta.k8s.io/v1" };
}

/** An object that begins or ceases to match a selector appears or disappears for the watcher. */
function visibleType(change: Change, selected: (object: KubeObject) => boolean): ChangeType | undefined {
  const was = change.previous !== undefined && selected(change.previous);
  const is = change.type !== "DELETED" && selected(change.object);
  if (was && is) return "MODIFIED";
  if (is) return "ADDED";
  return was ? "DELETED" : undefined;
}
