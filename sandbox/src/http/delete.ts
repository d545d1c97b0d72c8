import { recordOf, textOf } from "../json.ts";
import { type KubeObject, keyOf } from "../object.ts";
import type { DeleteOptions } from "../registry/deletion.ts";
import type { Resource } from "../resources/resource.ts";
import { presentList, presentObject } from "./present.ts";
import { type Answer, type Api, isDryRun, json, parseBody, type TargetRequest } from "./request.ts";
import { selectionOf } from "./selection.ts";

export function deleteObject(api: Api, request: TargetRequest): Answer {
  const { resource } = request.target;
  const { object, removed } = api.registry.delete(resource, request.target, deleteOptions(request));
  // Pods and marked objects are answered as objects, all others by a Status.
  if (!removed || resource.kind === "Pod") {
    return json(200, presentObject(resource, object, { form: "object", nowMs: api.clock.now() }));
  }
  return json(200, deletedStatus(resource, object));
}

export function deleteCollection(api: Api, request: TargetRequest): Answer {
  const { resource } = request.target;
  const objects = api.store.list(resource.storage).filter(selectionOf(request));
  for (const object of objects) api.registry.delete(resource, keyOf(object), deleteOptions(request));
  const metadata = { resourceVersion: String(api.store.version()) };
  return json(200, presentList(resource, objects, { form: "object", nowMs: api.clock.now(), metadata }));
}

function deletedStatus({ group, plural }: Resource, { metadata }: KubeObject) {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Success",
    details: { name: metadata.name, ...(group === "" ? {} : { group }), kind: plural, uid: metadata.uid },
  };
}

function deleteOptions(request: TargetRequest): DeleteOptions {
  const body = request.body === "" ? {} : parseBody(request.body, "DeleteOptions");
  return { ...optionsOf(body, request.query), dryRun: isDryRun(request) || isDryRunBody(body) };
}

function isDryRunBody(body: Readonly<Record<string, unknown>>): boolean {
  return Array.isArray(body["dryRun"]) && body["dryRun"].includes("All");
}

export function optionsOf(body: Readonly<Record<string, unknown>>, query: URLSearchParams): DeleteOptions {
  const preconditions = recordOf(body["preconditions"]);
  const uid = textOf(preconditions["uid"]);
  const resourceVersion = textOf(preconditions["resourceVersion"]);
  const grace = body["gracePeriodSeconds"] ?? query.get("gracePeriodSeconds");
  return {
    ...(uid === "" ? {} : { uid }),
    ...(resourceVersion === "" ? {} : { resourceVersion }),
    ...(grace === null || grace === undefined ? {} : { gracePeriodSeconds: Number(grace) }),
  };
}
