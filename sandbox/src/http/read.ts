import { ApiError, badRequest, expired } from "../api-error.ts";
import { isRecord, numberOf, textOf } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { formOf, presentList, presentObject } from "./present.ts";
import { type Answer, type Api, json, type TargetRequest } from "./request.ts";
import { selectionOf } from "./selection.ts";

export function getObject(api: Api, request: TargetRequest): Answer {
  const { resource } = request.target;
  const object = api.registry.get(resource, request.target);
  return json(200, presentObject(resource, object, { form: formOf(request), nowMs: api.clock.now() }));
}

export function listObjects(api: Api, request: TargetRequest): Answer {
  const { resource } = request.target;
  refuseFutureVersion(api, request);
  const selected = selectionOf(request);
  const from = parseContinue(request.query.get("continue"));
  const { objects, version } = snapshot(api, request, from);
  const matching = objects.filter(selected).filter((object) => from === undefined || pathOf(object) > from.after);
  const limit = limitOf(request);
  const page = matching.slice(0, limit);
  const remaining = matching.length - page.length;
  const metadata = { resourceVersion: String(version), ...nextPage(page, remaining, version) };
  const shown = hasSelector(request) ? withoutRemaining(metadata) : metadata;
  return json(200, presentList(resource, page, { form: formOf(request), nowMs: api.clock.now(), metadata: shown }));
}

interface Continue {
  readonly version: number;
  readonly after: string;
}

function snapshot(api: Api, { target }: TargetRequest, from: Continue | undefined) {
  const { storage } = target.resource;
  if (from === undefined) return { objects: api.store.list(storage), version: api.store.version() };
  const objects = api.store.listAt(storage, from.version);
  if (objects === undefined) {
    throw expired(
      "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list.",
    );
  }
  return { objects, version: from.version };
}

function limitOf({ query }: TargetRequest): number {
  const limit = Number(query.get("limit") ?? 0);
  return Number.isInteger(limit) && limit > 0 ? limit : Number.POSITIVE_INFINITY;
}

function nextPage(page: readonly KubeObject[], remaining: number, version: number) {
  const last = page.at(-1);
  if (last === undefined || remaining === 0) return {};
  const token = JSON.stringify({ v: "meta.k8s.io/v1", rv: version, start: pathOf(last) });
  return { continue: Buffer.from(token).toString("base64url"), remainingItemCount: remaining };
}

/** With a selector the API server does not know how many are left. */
function withoutRemaining<T extends { remainingItemCount?: number }>(metadata: T): Omit<T, "remainingItemCount"> {
  const { remainingItemCount: _, ...rest } = metadata;
  return rest;
}

function hasSelector({ query }: TargetRequest): boolean {
  return Boolean(query.get("labelSelector") || query.get("fieldSelector"));
}

function parseContinue(token: string | null): Continue | undefined {
  if (token === null || token === "") return undefined;
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token, "base64url").toString("utf8"));
    if (isRecord(parsed)) return { version: numberOf(parsed["rv"]), after: textOf(parsed["start"]) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw badRequest(`invalid continue token: continue key is not valid: ${why}`);
  }
  throw badRequest("invalid continue token: continue key is not valid");
}

function pathOf({ metadata }: KubeObject): string {
  return `${metadata.namespace ?? ""}/${metadata.name}`;
}

function refuseFutureVersion(api: Api, { query }: TargetRequest): void {
  const wanted = query.get("resourceVersion") ?? "";
  if (wanted !== "" && !/^\d+$/.test(wanted)) throw invalidVersion(wanted);
  if (Number(wanted) <= api.store.version()) return;
  const message = `Timeout: Too large resource version: ${wanted}, current: ${api.store.version()}`;
  const causes = [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }];
  throw new ApiError(504, message, { reason: "Timeout", details: { causes, retryAfterSeconds: 1 } });
}

export function invalidVersion(text: string): ApiError {
  return new ApiError(
    500,
    `resourceVersion: Invalid value: ${JSON.stringify(text)}: strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`,
  );
}
