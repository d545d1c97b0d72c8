import { type Denial, durationMs } from "@sre-agent/crds";
import { type ContainerState, containerStates, type SnapshotObject } from "@sre-agent/diagnosis";
import { isKubeError, type KubeObject, type LogOptions, type Reader } from "@sre-agent/kube";
import type { Pseudonym } from "@sre-agent/redaction";
import { logBlock } from "../reply/log-block.ts";
import { withoutOwnSecrets } from "../reply/own-secrets.ts";
import { getOrNear } from "./existence.ts";
import { namespaceOf } from "./namespace.ts";
import type { ResourceGetDependencies } from "./resource-get.ts";
import type { Evidence, ToolContext, ToolHandler, ToolReply } from "./tool.ts";

interface LogsInput {
  readonly pod: string;
  readonly namespace?: string | undefined;
  readonly container?: string | undefined;
  readonly previous?: boolean | undefined;
  readonly since?: string | undefined;
  readonly grep?: string | undefined;
}

const MAX_LINES = 5_000;
const MAX_BYTES = 1024 * 1024;
/** Containers of one reply; more have to be named. */
const MAX_CONTAINERS = 5;
/** Bytes of all digests of a reply together: with envelopes about 1,500 tokens. */
const DIGEST_BYTES = 4_200;
/** What every block after the first costs beside its digest: heading and envelope. */
const BLOCK_BYTES = 200;

/** One container's log, or what there is instead of one. */
interface Said {
  readonly container: string | undefined;
  readonly previous: boolean;
  readonly text: string;
  /** Why there is no log, or what else there is. */
  readonly note: string | undefined;
}

export function createPodLogs({
  reader,
  namespace: usual,
  pseudonym,
}: ResourceGetDependencies): ToolHandler<LogsInput> {
  return async (input, context) => {
    const namespace = namespaceOf(input.namespace, context, usual);
    if (typeof namespace !== "string") return { ok: false, denial: namespace };
    const forbidden = await context.mayRead({ kind: "logs", namespace });
    if (forbidden !== null) return { ok: false, denial: forbidden };
    const pod = await podOf(reader, { namespace, name: input.pod, context });
    if (pod !== undefined && "code" in pod) return { ok: false, denial: pod };
    const wanted = wantedOf(input, pod === undefined ? [] : containerStates(pod as unknown as SnapshotObject));
    const request = requestOf(input, namespace);
    const said = await Promise.all(
      wanted.slice(0, MAX_CONTAINERS).map((one) => readLog(reader, { ...request, ...one, signal: context.signal })),
    );
    return replyOf(
      { ...input, pseudonym },
      said.map((one) => withoutSecretsOf(pod, one)),
      wanted.slice(MAX_CONTAINERS).map(({ container }) => container ?? ""),
    );
  };
}

interface Looked {
  readonly namespace: string;
  readonly name: string;
  readonly context: ToolContext;
}

/** The pod, for its containers; undefined for a caller who may read logs and not pods. */
async function podOf(reader: Reader, { namespace, name, context }: Looked): Promise<KubeObject | Denial | undefined> {
  const ref = { apiVersion: "v1", kind: "Pod" };
  if ((await context.mayRead({ kind: ref, namespace })) !== null) return undefined;
  return getOrNear(reader, { ...ref, namespace, name }, context.signal);
}

interface Wanted {
  readonly container: string | undefined;
  readonly previous: boolean;
  readonly state: ContainerState | undefined;
}

/** The named container, or all of them with the failing first; of one that waits to be restarted the run before. */
function wantedOf({ container, previous }: LogsInput, states: readonly ContainerState[]): readonly Wanted[] {
  const chosen = container === undefined ? states : states.filter(({ name }) => name === container);
  if (chosen.length === 0) return [{ container, previous: previous === true, state: undefined }];
  return [...chosen]
    .sort((a, b) => trouble(b) - trouble(a))
    .map((state) => ({
      container: state.name,
      previous: previous ?? (state.restarts > 0 && !state.running && !state.ended),
      state,
    }));
}

function trouble({ ready, init, ended, waiting, restarts, termination }: ContainerState): number {
  if (ended && termination?.exitCode === 0) return 0;
  if (waiting !== undefined || ended) return 3;
  if (!ready && !init) return 2;
  return restarts > 0 ? 1 : 0;
}

function withoutSecretsOf(pod: KubeObject | undefined, said: Said): Said {
  if (pod === undefined) return said;
  return { ...said, text: withoutOwnSecrets(said.text, pod as unknown as SnapshotObject) };
}

type Request = Omit<LogOptions, keyof Wanted> & Wanted & { readonly signal: AbortSignal };

/** What one container said. That it said nothing yet is an answer; any other failure is thrown. */
async function readLog(reader: Reader, { state, container, ...request }: Request): Promise<Said> {
  const told = { container, previous: request.previous };
  try {
    const named = container === undefined ? {} : { container };
    return { ...told, text: await reader.logs({ ...request, ...named }), note: offerOf(told.previous, state) };
  } catch (error) {
    if (state === undefined || !isKubeError(error, "INVALID", "NOT_FOUND")) throw error;
    const waits = state.waiting === undefined ? "" : `; it waits: ${state.waiting.reason}`;
    return { ...told, text: "", note: `no log${told.previous ? " of the run before" : ""}${waits}` };
  }
}

function offerOf(previous: boolean, state: ContainerState | undefined): string | undefined {
  if (state === undefined || state.restarts === 0 || previous) return undefined;
  return `restarted ${state.restarts} times: previous shows the run before`;
}

function requestOf({ pod, since }: LogsInput, namespace: string): LogOptions {
  return {
    namespace,
    pod,
    ...(since === undefined ? {} : { sinceSeconds: durationMs(since) / 1000 }),
    timestamps: true,
    tailLines: MAX_LINES,
    limitBytes: MAX_BYTES,
  };
}

type Asked = LogsInput & { readonly pseudonym: Pseudonym };

function replyOf(input: Asked, said: readonly Said[], left: readonly string[]): ToolReply {
  const blocksWithText = Math.max(1, said.filter(({ text }) => text !== "").length);
  const bytes = Math.floor((DIGEST_BYTES - BLOCK_BYTES * (blocksWithText - 1)) / blocksWithText);
  const isOne = said.length + left.length === 1;
  const blocks = said.map((one) =>
    blockOf(isOne ? { ...one, label: "" } : { ...one, label: `${one.container}: ` }, input, bytes),
  );
  const more = left.length === 0 ? [] : [`Name one for more: ${left.join(", ")}.`];
  return {
    ok: true,
    text: [...blocks.map(({ text }) => text), ...more].join("\n"),
    evidence: blocks.flatMap(({ evidence }) => evidence ?? []),
  };
}

interface Block {
  readonly text: string;
  readonly evidence?: Evidence;
}

function blockOf(said: Said & { readonly label: string }, { pod, grep, pseudonym }: Asked, bytes: number): Block {
  const { label, container, previous, text, note } = said;
  if (text === "" && note !== undefined) return { text: `${label}${note}` };
  const source = `log of ${pod}${container === undefined ? "" : ` (${container})`}`;
  const { lines, body, evidence } = logBlock(text, { source, bytes, grep, pseudonym });
  const rest = `${previous ? " of the run before" : ""}${note === undefined ? "" : `; ${note}`}`;
  return { text: `[${evidence.id}] ${label}${lines} lines${rest}\n${body}`, evidence };
}
