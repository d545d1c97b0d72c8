import { ApiError, badRequest, methodNotAllowed } from "../api-error.ts";
import { type JsonRecord, recordsOf, textOf, valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";
import type { Answer, Api, LogLine, TargetRequest } from "./request.ts";

/** `pods/log`, without `follow`. */
export function readLog(api: Api, request: TargetRequest): Answer {
  if (request.method !== "GET") throw methodNotAllowed();
  const { query, target } = request;
  const pod = api.registry.get(target.resource, target);
  const bounds = boundsOf(query, target.name);
  const container = containerOf(pod, query.get("container") ?? "");
  const previous = query.get("previous") === "true";
  const lines = api.logs.read(pod, container, previous);
  if (lines === undefined) throw nothingToRead(pod, container, previous);
  const recent = bounds.sinceMs === undefined ? lines : after(lines, api.clock.now() - bounds.sinceMs);
  const tail = bounds.tailLines === undefined ? recent : recent.slice(recent.length - bounds.tailLines);
  const text = tail.map((line) => format(line, query.get("timestamps") === "true")).join("");
  return { kind: "text", code: 200, text: cut(text, bounds.limitBytes) };
}

function after(lines: readonly LogLine[], timeMs: number): readonly LogLine[] {
  return lines.filter((line) => line.timeMs >= timeMs);
}

function format({ timeMs, text }: LogLine, withTime: boolean): string {
  const time = new Date(timeMs).toISOString().replace("Z", "000000Z");
  return withTime ? `${time} ${text}\n` : `${text}\n`;
}

function cut(text: string, limitBytes: number | undefined): string {
  return limitBytes === undefined ? text : Buffer.from(text).subarray(0, limitBytes).toString("utf8");
}

function boundsOf(query: URLSearchParams, pod: string) {
  const tailLines = integer(query, "tailLines");
  const limitBytes = integer(query, "limitBytes");
  const sinceSeconds = integer(query, "sinceSeconds");
  if (tailLines !== undefined && tailLines < 0) throw tooSmall(pod, `tailLines: Invalid value: ${tailLines}`, 0);
  if (limitBytes !== undefined && limitBytes < 1) throw tooSmall(pod, `limitBytes: Invalid value: ${limitBytes}`, 1);
  return { tailLines, limitBytes, sinceMs: sinceSeconds === undefined ? undefined : sinceSeconds * 1_000 };
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null || text === "") return undefined;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

function tooSmall(pod: string, what: string, minimum: number): ApiError {
  const message = `PodLogOptions "${pod}" is invalid: ${what}: must be greater than or equal to ${minimum}`;
  return new ApiError(422, message, { reason: "Invalid", details: { name: pod, kind: "PodLogOptions" } });
}

function containerOf(pod: KubeObject, wanted: string): string {
  const { name } = pod.metadata;
  const containers = names(pod.spec?.["containers"]);
  const all = [...containers, ...names(pod.spec?.["initContainers"])];
  if (wanted !== "" && !all.includes(wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  if (wanted !== "") return wanted;
  const [only] = containers;
  if (only !== undefined && all.length === 1) return only;
  throw badRequest(`a container name must be specified for pod ${name}, choose one of: [${all.join(" ")}]`);
}

function names(containers: unknown): readonly string[] {
  return recordsOf(containers).map((container) => textOf(container["name"]));
}

const WAITING: Readonly<Record<string, string>> = {
  ErrImagePull: "image can't be pulled",
  ImagePullBackOff: "trying and failing to pull image",
};

function nothingToRead(pod: KubeObject, container: string, previous: boolean): ApiError {
  const { name } = pod.metadata;
  if (previous) return badRequest(`previous terminated container "${container}" in pod "${name}" not found`);
  const status = recordsOf(pod.status?.["containerStatuses"]).find((entry) => entry["name"] === container);
  const reason = waitingReason(status);
  return badRequest(`container "${container}" in pod "${name}" is waiting to start: ${WAITING[reason] ?? reason}`);
}

function waitingReason(status: JsonRecord | undefined): string {
  return textOf(valueAt(status, ["state", "waiting", "reason"])) || "ContainerCreating";
}
