import type { Denial } from "@sre-agent/crds";
import {
  isRemovedLog,
  logsWanted,
  type NeededKind,
  type PodLog,
  REQUIRED_KINDS,
  type Snapshot,
  type SnapshotObject,
} from "@sre-agent/diagnosis";
import {
  type KindRef,
  KubeError,
  type KubeErrorCode,
  type KubeObject,
  type ListOptions,
  type Reader,
} from "@sre-agent/kube";
import { extensionKinds } from "./extension-kinds.ts";

/** One namespace, or all of them. */
interface CollectScope {
  readonly namespace?: string;
}

export interface CollectOptions {
  readonly reader: Reader;
  readonly scope: CollectScope;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Default: what the analyzers look at, and custom resources. */
  readonly kinds?: readonly NeededKind[];
  /** The act server reads no text of a tenant's program: it collects without. */
  readonly logs: boolean;
  /** Asked for each kind and for the logs; a denial becomes a gap. Absent: the connection's own rights are the limit. */
  readonly mayRead?: (question: {
    readonly kind: KindRef | "logs";
    readonly namespace?: string;
  }) => Promise<Denial | null>;
  readonly signal: AbortSignal;
}

/** Objects of one kind; beyond it the gaps say that more were left out. */
const MAX_ITEMS = 20_000;

interface Bounds {
  readonly maxItems: number;
  readonly timeoutMs?: number;
  /** That it does not answer says nothing about the API server. */
  readonly optional?: boolean;
}

/** Of kinds that others serve: an add-on that is slow or broken holds nothing up. */
const EXTENSION: Bounds = { maxItems: 500, timeoutMs: 5_000, optional: true };
const LOG_LINES = 200;
const LOG_BYTES = 64 * 1024;
/** The API server passes the question on to the pod's kubelet, and that of a dead node never answers. */
const LOG_TIMEOUT_MS = 5_000;
/**
 * In the managedFields of pods and events, a third of all that would be kept, nobody but controllers and kubelets stands;
 * which images a node has says nothing.
 */
const LEFT_OUT: Readonly<Record<string, NonNullable<ListOptions["leaveOut"]>>> = {
  Pod: ["managedFields"],
  Event: ["managedFields"],
  Node: ["images"],
};

interface Listing {
  readonly kind: NeededKind;
  readonly objects: readonly SnapshotObject[];
  /** Why nothing, or not everything, was read; `absent`: the API server does not serve the kind. */
  readonly lacks?: "forbidden" | "absent" | "cut" | KubeErrorCode;
}

type Collected = KubeObject & SnapshotObject;

/**
 * Everything that the analyzers look at, read at once: all kinds in parallel, then the logs they ask for. What cannot
 * be read becomes a gap, never a failure of the whole; only an API server that does not answer is one.
 * @throws KubeError UNREACHABLE, UNAUTHORIZED, TIMEOUT, ABORTED
 */
export async function collectSnapshot(options: CollectOptions): Promise<Snapshot> {
  const extensions = options.kinds === undefined ? await extensionKinds(options.reader) : { kinds: [], omitted: 0 };
  const [listings, extended] = await Promise.all([
    Promise.all((options.kinds ?? REQUIRED_KINDS).map((kind) => listKind(options, kind, { maxItems: MAX_ITEMS }))),
    Promise.all(extensions.kinds.map((kind) => listKind(options, kind, EXTENSION))),
  ]);
  const objects = [...listings, ...extended].flatMap((listing) => listing.objects);
  const gaps = gapsOf(listings.filter(({ kind }) => !isBeyond(kind)));
  const snapshot: Snapshot = {
    now: new Date(options.now()).toISOString(),
    namespaces: namespacesOf(options.scope, objects),
    objects,
    logs: [],
    gaps,
    beyond: [...gapsOf(listings.filter(({ kind }) => isBeyond(kind))), ...extensionGaps(extended, extensions.omitted)],
    unread: listings.filter(({ lacks }) => lacks !== undefined && lacks !== "absent").map(({ kind }) => kind.kind),
  };
  const wanted = options.logs ? logsWanted(snapshot) : [];
  if (wanted.length === 0) return snapshot;
  const forbidden = await options.mayRead?.({ kind: "logs", ...options.scope });
  if (forbidden) return { ...snapshot, gaps: [...gaps, forbidden.message] };
  const logs = await Promise.all(wanted.map((request) => readLog(options, request)));
  return {
    ...snapshot,
    logs: logs.filter((log) => "text" in log),
    gaps: [...gaps, ...logs.flatMap((log) => ("text" in log ? [] : [log.gap]))],
  };
}

async function listKind(options: CollectOptions, kind: NeededKind, bounds: Bounds): Promise<Listing> {
  const { reader, scope, mayRead, signal } = options;
  // Nodes and the like belong to no namespace: a right in one namespace says nothing about them.
  const place = kind.scope === "Cluster" ? {} : scope;
  const named = { apiVersion: kind.apiVersion, kind: kind.kind };
  if (await mayRead?.({ kind: named, ...place })) return { kind, objects: [], lacks: "forbidden" };
  const { optional = false, ...limits } = bounds;
  try {
    const wanted = { ...place, ...limits, leaveOut: LEFT_OUT[kind.kind] ?? [], signal };
    const { items: objects, truncated } = await reader.listAll<Collected>(named, wanted);
    return truncated ? { kind, objects, lacks: "cut" } : { kind, objects };
  } catch (error) {
    if (optional && error instanceof KubeError && SLOW.has(error.code)) return { kind, objects: [], lacks: error.code };
    return { kind, objects: [], lacks: lackOf(error) };
  }
}

/** What others serve is a bonus: what of it was not read is said in one sentence, whatever the reason. */
function extensionGaps(listings: readonly Listing[], omitted: number): readonly string[] {
  const lacking = listings.filter(({ lacks }) => lacks !== undefined && lacks !== "absent").length + omitted;
  return lacking === 0 ? [] : [`kinds that extensions serve, not read, or not all of their objects: ${lacking}`];
}

/** Kinds that an ordinary reader of a namespace has no right to: that they were not read is no fault of the reading. */
function isBeyond({ kind, scope }: NeededKind): boolean {
  return scope === "Cluster" || kind === "Secret";
}

/** What one listing lacks. What would fail every read is thrown on. */
function lackOf(error: unknown): NonNullable<Listing["lacks"]> {
  if (!(error instanceof KubeError) || FATAL.has(error.code)) throw error;
  if (error.code === "UNKNOWN_KIND") return "absent";
  return error.code === "FORBIDDEN" ? "forbidden" : error.code;
}

/** One sentence for each reason, however many kinds it concerns. */
function gapsOf(listings: readonly Listing[]): readonly string[] {
  const groups = Map.groupBy(listings, ({ lacks }) => lacks);
  return [...groups].flatMap(([lacks, group]) => {
    const kinds = group.map(({ kind }) => pluralOf(kind.kind)).join(", ");
    if (lacks === undefined || lacks === "absent") return [];
    if (lacks === "forbidden") return [`no right to read ${kinds}`];
    return [
      lacks === "cut" ? `only the first ${MAX_ITEMS} ${kinds} were read` : `${kinds} could not be read: ${lacks}`,
    ];
  });
}

function pluralOf(kind: string): string {
  if (/(s|ss)$/.test(kind) && kind !== "Endpoints") return `${kind}es`;
  return kind.endsWith("y") ? `${kind.slice(0, -1)}ies` : `${kind}s`;
}

interface MissingLog {
  /** What is missing and why, in words. */
  readonly gap: string;
  /** Nobody answered: to ask again would take as long again. */
  readonly silent: boolean;
}

/**
 * The log that is wanted. A container that was started anew since its status was read has lost the run before: what was
 * its present run is the previous one now, and the other way round.
 */
async function readLog(options: CollectOptions, request: Omit<PodLog, "text">): Promise<PodLog | MissingLog> {
  const wanted = await readRun(options, request);
  if ("text" in wanted || wanted.silent || !request.previous) return wanted;
  const present = await readRun(options, { ...request, previous: false });
  return "text" in present ? present : wanted;
}

async function readRun(
  { reader, signal }: CollectOptions,
  request: Omit<PodLog, "text">,
): Promise<PodLog | MissingLog> {
  const { namespace, pod, container, previous } = request;
  const what = `the ${previous ? "previous " : ""}log of ${namespace}/${pod} (${container})`;
  const bounds = { tailLines: LOG_LINES, limitBytes: LOG_BYTES, timestamps: false, timeoutMs: LOG_TIMEOUT_MS };
  try {
    const text = await reader.logs({ namespace, pod, container, previous, ...bounds, signal });
    return isRemovedLog(text) ? { gap: `${what} is removed already`, silent: false } : { ...request, text };
  } catch (error) {
    const silent = error instanceof KubeError && error.code === "TIMEOUT";
    return { gap: silent ? `${what} could not be read: TIMEOUT` : gapOf(error, what), silent };
  }
}

const SLOW: ReadonlySet<KubeErrorCode> = new Set(["TIMEOUT", "UNREACHABLE"]);
const FATAL: ReadonlySet<KubeErrorCode> = new Set(["UNREACHABLE", "UNAUTHORIZED", "TIMEOUT", "ABORTED"]);

/** A sentence for what one read lacks. What would fail every read is thrown on. */
function gapOf(error: unknown, what: string): string {
  if (!(error instanceof KubeError) || FATAL.has(error.code)) throw error;
  if (error.code === "FORBIDDEN") return `no right to read ${what}`;
  return `${what} could not be read: ${error.code}`;
}

function namespacesOf({ namespace }: CollectScope, objects: readonly SnapshotObject[]): readonly string[] {
  if (namespace !== undefined) return [namespace];
  return [...new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []))].sort();
}
