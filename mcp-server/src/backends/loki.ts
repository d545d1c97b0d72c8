import { isRecord, objectsAt } from "@sre-agent/diagnosis";
import type { Backend } from "./http-backend.ts";
import { labelMatchers } from "./label-matchers.ts";

export interface LogSelection {
  readonly namespace: string;
  /** A pod's name, or what the names of its pods begin with. */
  readonly pod?: string | undefined;
  readonly container?: string | undefined;
  readonly grep?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly start: number;
  readonly end: number;
  readonly signal: AbortSignal;
}

export interface StoredLog {
  /** Oldest first, each with its time. */
  readonly lines: readonly string[];
  readonly streams: readonly string[];
  /** True when older lines were left out. */
  readonly cut: boolean;
}

const LIMIT = 5_000;

/** The newest lines of a selection, or a sentence about why there are none. */
export async function queryLogs(loki: Backend, selection: LogSelection): Promise<StoredLog | string> {
  const pods = labelMatchers(selection.namespace, selection.pod);
  if (pods === undefined) return "pod: is no name of Kubernetes.";
  const query = {
    query: logQuery(pods, selection),
    start: nanoseconds(selection.start),
    end: nanoseconds(selection.end),
    limit: String(LIMIT),
    direction: "backward",
  };
  const answer = await loki.get("/loki/api/v1/query_range", query, selection.signal);
  if (!answer.ok) return answer.message;
  const streams = objectsAt(answer.value, "data", "result");
  const lines = streams.flatMap(linesOf).sort((a, b) => (a.at < b.at ? -1 : 1));
  return {
    lines: lines.map(({ at, text }) => `${timeOf(at)} ${text}`),
    streams: streams.map(streamName).sort(),
    cut: lines.length >= LIMIT,
  };
}

const nanoseconds = (ms: number) => `${ms}000000`;

/** What the caller gives is a quoted value, or has passed as a name. */
function logQuery(pods: string, { container, grep }: LogSelection): string {
  const within = container === undefined ? "" : `,container=${JSON.stringify(container)}`;
  return `{${pods}${within}}${grep === undefined ? "" : ` |= ${JSON.stringify(grep)}`}`;
}

interface Line {
  /** Nanoseconds, all of one length. */
  readonly at: string;
  readonly text: string;
}

function linesOf({ values }: Readonly<Record<string, unknown>>): readonly Line[] {
  if (!Array.isArray(values)) return [];
  return values.map((value) => ({ at: String(value?.[0]), text: String(value?.[1]).trimEnd() }));
}

const timeOf = (at: string) => new Date(Number(at.slice(0, -6))).toISOString();

function streamName({ stream }: Readonly<Record<string, unknown>>): string {
  const labels = isRecord(stream) ? stream : {};
  return ["pod", "container"].flatMap((name) => (labels[name] === undefined ? [] : [String(labels[name])])).join(" ");
}
