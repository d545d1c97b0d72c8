import { ApiError, badRequest, invalid } from "../api-error.ts";
import { isRecord } from "../json.ts";
import type { KubeObject, Manifest } from "../object.ts";
import { withoutForsaken } from "../patch/forsaken.ts";
import { jsonPatch } from "../patch/json-patch.ts";
import { mergePatch } from "../patch/merge-patch.ts";
import { strategicMerge } from "../patch/strategic-merge.ts";
import type { Resource } from "../resources/resource.ts";
import type { Answer, Api, TargetRequest } from "./request.ts";
import { answer, stored, writeOptions } from "./write.ts";

type Patch = (target: unknown, patch: unknown) => unknown;

const PATCHES: Readonly<Record<string, Patch>> = {
  "application/json-patch+json": jsonPatch,
  "application/merge-patch+json": mergePatch,
  "application/strategic-merge-patch+json": (target, patch) => strategicMerge(target, patch),
};

const APPLY = "application/apply-patch+yaml";

export function patchObject(api: Api, request: TargetRequest): Answer {
  const [type = ""] = request.contentType.split(";");
  if (type === APPLY) return applyObject(api, request);
  const { resource } = request.target;
  const patch = patchOf(type, resource);
  const body = parsePatch(request.body);
  const { options, warnings } = writeOptions(request);
  const object = api.registry.update({
    resource,
    key: request.target,
    options: { ...options, patching: true },
    change: (current) => patched(resource, current, (shown) => patch(shown, body)),
  });
  return answer(api, request, { code: 200, object, warnings });
}

/** The patch sees the object in the version that it addresses. */
function patched(resource: Resource, current: KubeObject, change: (shown: unknown) => unknown): KubeObject {
  const result = change(resource.codec?.fromStorage(current) ?? current);
  if (!isRecord(result) || !isRecord(result["metadata"])) throw badRequest("the patch makes no object");
  return stored(resource, result as unknown as Manifest) as KubeObject;
}

export function patchOf(type: string, resource: Resource): Patch {
  const patch = PATCHES[type];
  if (patch === undefined || (resource.custom && type.includes("strategic"))) throw unsupported(resource);
  return patch;
}

function unsupported(resource: Resource): ApiError {
  const types = Object.keys(PATCHES).filter((type) => !(resource.custom && type.includes("strategic")));
  const accepted = [...types, APPLY].join(", ");
  return new ApiError(
    415,
    `the body of the request was in an unknown format - accepted media types include: ${accepted}`,
    { reason: "UnsupportedMediaType" },
  );
}

export function parsePatch(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    throw badRequest(`error decoding patch: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Server-side apply: creates, or merges with named lists merged by name; takes away what this manager applies no more. */
function applyObject(api: Api, request: TargetRequest): Answer {
  const { resource, namespace, name } = request.target;
  const manager = request.query.get("fieldManager");
  if (!manager) throw missingManager(resource);
  const body = parsePatch(request.body);
  const { options, warnings } = writeOptions(request);
  const applying = { ...options, operation: "Apply" as const };
  if (api.store.get(resource.storage, request.target) === undefined && isRecord(body)) {
    const metadata = { ...(body["metadata"] as object), name, ...(namespace === "" ? {} : { namespace }) };
    const object = api.registry.create(
      resource,
      stored(resource, { ...body, metadata } as Manifest) as Manifest,
      applying,
    );
    remember(api, request, { object, manager, body });
    return answer(api, request, { code: 201, object, warnings });
  }
  const object = api.registry.update({
    resource,
    key: request.target,
    options: { ...applying, patching: true },
    change: (current) =>
      patched(resource, current, (shown) => {
        const before = api.applied.get(`${current.metadata.uid}/${manager}`);
        return strategicMerge(withoutForsaken(shown, { before, now: body }), body);
      }),
  });
  remember(api, request, { object, manager, body });
  return answer(api, request, { code: 200, object, warnings });
}

interface Remembered {
  readonly object: KubeObject;
  readonly manager: string;
  readonly body: unknown;
}

function remember({ applied }: Api, { query }: TargetRequest, { object, manager, body }: Remembered): void {
  if (!query.has("dryRun")) applied.set(`${object.metadata.uid}/${manager}`, body);
}

function missingManager(resource: Resource): ApiError {
  const cause = {
    reason: "FieldValueRequired",
    message: "Required value: is required for apply patch",
    field: "fieldManager",
  };
  return invalid({ ...resource, group: "meta.k8s.io", kind: "PatchOptions" }, "", [cause]);
}
