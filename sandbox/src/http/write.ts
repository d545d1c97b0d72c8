import { ApiError, badRequest } from "../api-error.ts";
import { isRecord, type JsonRecord, textOf } from "../json.ts";
import type { KubeObject, Manifest } from "../object.ts";
import type { FieldValidation } from "../registry/fields.ts";
import type { WriteOptions } from "../registry/registry.ts";
import { apiVersionOf, type Resource } from "../resources/resource.ts";
import { formOf, presentObject } from "./present.ts";
import { type Answer, type Api, isDryRun, json, parseBody, type TargetRequest } from "./request.ts";

export function createObject(api: Api, request: TargetRequest): Answer {
  const { resource, namespace } = request.target;
  const manifest = manifestOf(request);
  const own = manifest.metadata.namespace;
  if (own !== undefined && own !== "" && own !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  const placed = { ...manifest, metadata: { ...manifest.metadata, ...(namespace === "" ? {} : { namespace }) } };
  const { options, warnings } = writeOptions(request);
  const object = api.registry.create(resource, stored(resource, placed) as Manifest, options);
  return answer(api, request, { code: 201, object, warnings });
}

export function replaceObject(api: Api, request: TargetRequest): Answer {
  const { resource } = request.target;
  const manifest = manifestOf(request);
  const { options, warnings } = writeOptions(request);
  const object = api.registry.update({
    resource,
    key: request.target,
    options,
    change: () => stored(resource, manifest) as KubeObject,
  });
  return answer(api, request, { code: 200, object, warnings });
}

export function answer(
  api: Api,
  request: TargetRequest,
  { code, object, warnings }: { code: number; object: KubeObject; warnings: readonly string[] },
): Answer {
  const shown = presentObject(request.target.resource, object, { form: formOf(request), nowMs: api.clock.now() });
  return json(code, withoutEmptyVersion(shown), warnings);
}

/** A dry-run creation has no resourceVersion. */
function withoutEmptyVersion(shown: unknown): unknown {
  if (!isRecord(shown) || !isRecord(shown["metadata"]) || shown["metadata"]["resourceVersion"] !== "") return shown;
  const { resourceVersion: _, ...metadata } = shown["metadata"];
  return { ...shown, metadata };
}

export function writeOptions(request: TargetRequest): { readonly options: WriteOptions; readonly warnings: string[] } {
  const warnings: string[] = [];
  const { subresource } = request.target;
  const options: WriteOptions = {
    manager: request.query.get("fieldManager") || request.manager,
    dryRun: isDryRun(request),
    fieldValidation: fieldValidation(request.query.get("fieldValidation")),
    onWarning: (text) => warnings.push(text),
    ...(subresource === "" ? {} : { subresource }),
  };
  return { options, warnings };
}

function fieldValidation(value: string | null): FieldValidation {
  if (value === null || value === "") return "Warn";
  if (value === "Strict" || value === "Warn" || value === "Ignore") return value;
  const message = `Unsupported value: "${value}": supported values: "Ignore", "Strict", "Warn"`;
  throw new ApiError(422, `fieldValidation: ${message}`, { reason: "Invalid" });
}

export function stored(resource: Resource, manifest: Manifest): unknown {
  return resource.codec?.toStorage(manifest as unknown as KubeObject) ?? manifest;
}

function manifestOf(request: TargetRequest): Manifest {
  const { resource } = request.target;
  const body = parseBody(request.body, resource.kind);
  if (resource.custom) refuseMissingKind(resource, body);
  const manifest = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...body };
  refuseOtherKind(resource, manifest);
  return { ...manifest, metadata: isRecord(body["metadata"]) ? body["metadata"] : {} } as Manifest;
}

function refuseMissingKind(resource: Resource, body: JsonRecord): void {
  if (textOf(body["kind"]) !== "") return;
  const text = JSON.stringify(body);
  throw badRequest(
    `the object provided is unrecognized (must be of type ${resource.kind}): Object 'Kind' is missing in '${text}' (${text})`,
  );
}

function refuseOtherKind(resource: Resource, { apiVersion, kind }: { apiVersion: string; kind: string }): void {
  if (kind === resource.kind && apiVersion === apiVersionOf(resource)) return;
  const [version] = apiVersion.split("/").slice(-1);
  throw badRequest(
    `${kind} in version "${version}" cannot be handled as a ${resource.kind}: converting (${version}.${kind}) to (${resource.kind}): unknown conversion`,
  );
}
