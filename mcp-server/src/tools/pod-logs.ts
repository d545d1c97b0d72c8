import { randomBytes } from "node:crypto";
import { durationMs } from "@sre-agent/crds";
import { digestLog, renderDigest } from "@sre-agent/diagnosis";
import { isKubeError, type LogOptions, type Reader } from "@sre-agent/kube";
import { envelope } from "@sre-agent/redaction";
import { evidenceOf } from "../reply/evidence.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { getOrNear } from "./existence.ts";
import { namespaceOf } from "./namespace.ts";
import type { ToolHandler, ToolReply } from "./tool.ts";

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
/** Lines of the digest; with the envelope about 1,500 tokens. */
const SHOWN_LINES = 40;

export function createPodLogs({ reader, namespace: usual }: ReadDependencies): ToolHandler<LogsInput> {
  return async (input, context) => {
    const namespace = namespaceOf(input.namespace, context, usual);
    if (typeof namespace !== "string") return { ok: false, denial: namespace };
    const forbidden = await context.mayRead({ kind: "logs", namespace });
    if (forbidden !== null) return { ok: false, denial: forbidden };
    const text = await readLog(reader, { ...requestOf(input, namespace), signal: context.signal });
    return typeof text === "string" ? replyOf(input, namespace, text) : { ok: false, denial: text };
  };
}

/** The log, or NOT_FOUND with names like the pod's; a pod that is there and has no such log throws as it came. */
async function readLog(reader: Reader, request: LogOptions & { readonly signal: AbortSignal }) {
  try {
    return await reader.logs(request);
  } catch (error) {
    if (!isKubeError(error, "NOT_FOUND")) throw error;
    const { namespace, pod: name, signal } = request;
    const object = await getOrNear(reader, { apiVersion: "v1", kind: "Pod", namespace, name }, signal);
    if ("code" in object) return object;
    throw error;
  }
}

function requestOf({ pod, container, since, previous }: LogsInput, namespace: string): LogOptions {
  return {
    namespace,
    pod,
    ...(container === undefined ? {} : { container }),
    ...(since === undefined ? {} : { sinceSeconds: durationMs(since) / 1000 }),
    previous: previous === true,
    timestamps: true,
    tailLines: MAX_LINES,
    limitBytes: MAX_BYTES,
  };
}

function replyOf(input: LogsInput, namespace: string, text: string): ToolReply {
  const lines = text
    .split("\n")
    .filter((line) => line !== "" && (input.grep === undefined || line.includes(input.grep)));
  const evidence = evidenceOf(renderDigest(digestLog(lines.join("\n")), { maxLines: SHOWN_LINES }));
  const source = `log of ${namespace}/${input.pod}${input.container === undefined ? "" : ` (${input.container})`}`;
  const mark = randomBytes(8).toString("hex");
  const body = envelope(evidence.text, { source, writableBy: "tenant", mark });
  const head = `[${evidence.id}] ${lines.length} lines${input.previous === true ? " of the run before" : ""}`;
  return { ok: true, text: `${head}\n${body}`, evidence: [evidence] };
}
