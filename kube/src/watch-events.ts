import { KubeError } from "./error.ts";
import type { KubeObject } from "./object.ts";
import { errorOfAnswer } from "./status-error.ts";
import type { OpenStream } from "./transport.ts";

export interface WatchEvent {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK";
  readonly object: KubeObject;
}

type RawEvent = WatchEvent | { readonly type: "ERROR"; readonly object: { readonly code?: number } };

/** More than any stored object: etcd takes 1.5 MiB. */
const MAX_LINE_CHARACTERS = 16 * 1024 * 1024;

/** The events of an open watch. @throws KubeError for an ERROR event: GONE when the resourceVersion is too old. */
export async function* watchEvents(stream: OpenStream, what: string): AsyncGenerator<WatchEvent> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream.chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_CHARACTERS) {
      throw new KubeError(`${what}: an event is larger than 16 MiB.`, { code: "TOO_LARGE" });
    }
    for (const line of lines) if (line.trim() !== "") yield parseEvent(line, what);
  }
}

function parseEvent(line: string, what: string): WatchEvent {
  const event = parseLine(line, what);
  if (event.type === "ERROR") {
    throw errorOfAnswer({ status: event.object.code ?? 500, body: JSON.stringify(event.object), what });
  }
  return event;
}

function parseLine(line: string, what: string): RawEvent {
  try {
    return JSON.parse(line) as RawEvent;
  } catch (error) {
    throw new KubeError(`${what}: an event is no JSON.`, { code: "SERVER_ERROR", cause: error });
  }
}
