import { deny, durationMs } from "@sre-agent/crds";
import type { Pseudonym } from "@sre-agent/redaction";
import type { Backend } from "../backends/http-backend.ts";
import { queryLogs, type StoredLog } from "../backends/loki.ts";
import { logBlock } from "../reply/log-block.ts";
import type { ReadDependencies } from "./diagnose.ts";
import { namespaceOf } from "./namespace.ts";
import type { ToolHandler, ToolReply } from "./tool.ts";

interface LogsInput {
  readonly namespace?: string | undefined;
  readonly pod?: string | undefined;
  readonly container?: string | undefined;
  readonly grep?: string | undefined;
  readonly since?: string | undefined;
}

export interface LogsDependencies extends ReadDependencies {
  readonly loki?: Backend;
  readonly pseudonym: Pseudonym;
}

const USUAL_SINCE = "1h";
const DIGEST_BYTES = 4_200;
const MAX_STREAMS = 5;

/** Logs that a log server keeps, also of pods that are gone. */
export function createLogsQuery({ loki, now, namespace: usual, pseudonym }: LogsDependencies): ToolHandler<LogsInput> {
  return async ({ since = USUAL_SINCE, ...input }, context) => {
    const namespace = namespaceOf(input.namespace, context, usual);
    if (typeof namespace !== "string") return { ok: false, denial: namespace };
    const forbidden = await context.mayRead({ kind: "logs", namespace });
    if (forbidden !== null) return { ok: false, denial: forbidden };
    const selection = { ...input, namespace, start: now() - durationMs(since), end: now(), signal: context.signal };
    const found = loki === undefined ? "No log server is configured (LOKI_URL)." : await queryLogs(loki, selection);
    if (typeof found === "string")
      return { ok: false, denial: deny("CLUSTER_UNAVAILABLE", found, "pod_logs reads the pods that are there.") };
    return replyOf(found, { ...input, namespace, since, pseudonym });
  };
}

type Asked = LogsInput & { readonly since: string; readonly pseudonym: Pseudonym };

function replyOf({ lines, streams, cut }: StoredLog, asked: Asked): ToolReply {
  const where = `${asked.namespace}${asked.pod === undefined ? "" : `/${asked.pod}`}`;
  if (lines.length === 0)
    return { ok: true, text: `No line of ${where} within ${asked.since}. Widen since, or drop grep.`, evidence: [] };
  const { grep, pseudonym } = asked;
  const options = { source: `logs of ${where}`, bytes: DIGEST_BYTES, grep, pseudonym };
  const { lines: count, body, evidence } = logBlock(lines.join("\n"), options);
  const left = streams.length - MAX_STREAMS;
  const from = `${streams.slice(0, MAX_STREAMS).join(", ")}${left > 0 ? ` and ${left} more` : ""}`;
  const older = cut ? "; older ones left out: narrow by pod, grep or since" : "";
  return {
    ok: true,
    text: `[${evidence.id}] ${count} lines from ${from}${older}\n${body}`,
    evidence: [evidence],
  };
}
