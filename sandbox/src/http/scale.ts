import { ApiError } from "../api-error.ts";
import { numberOf, recordOf, textOf, valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { parsePatch, patchOf } from "./patch.ts";
import { type Answer, type Api, json, parseBody, type TargetRequest } from "./request.ts";
import { writeOptions } from "./write.ts";

/** `/scale` of workloads: get, put and patch of the number of replicas. */
export function serveScale(api: Api, request: TargetRequest): Answer {
  const { resource } = request.target;
  if (request.method === "GET") return json(200, scaleOf(api.registry.get(resource, request.target)));
  const { options } = writeOptions(request);
  const object = api.registry.update({
    resource,
    key: request.target,
    options,
    change: (current) => withReplicas(current, wantedScale(request, scaleOf(current))),
  });
  return json(200, scaleOf(object));
}

function wantedScale(request: TargetRequest, current: object): Readonly<Record<string, unknown>> {
  if (request.method === "PUT") return parseBody(request.body, "Scale");
  const [type = ""] = request.contentType.split(";");
  return recordOf(patchOf(type, request.target.resource)(current, parsePatch(request.body)));
}

function withReplicas(current: KubeObject, scale: Readonly<Record<string, unknown>>): KubeObject {
  const replicas = numberOf(valueAt(scale, ["spec", "replicas"]));
  if (replicas < 0) {
    const message = `Invalid value: ${replicas}: must be greater than or equal to 0`;
    const causes = [{ reason: "FieldValueInvalid", message, field: "spec.replicas" }];
    const text = `Scale.autoscaling "${current.metadata.name}" is invalid: spec.replicas: ${message}`;
    throw new ApiError(422, text, { reason: "Invalid", details: { kind: "Scale", group: "autoscaling", causes } });
  }
  const version = textOf(valueAt(scale, ["metadata", "resourceVersion"]));
  const metadata = version === "" ? current.metadata : { ...current.metadata, resourceVersion: version };
  return { ...current, metadata, spec: { ...current.spec, replicas } };
}

function scaleOf(object: KubeObject) {
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const labels = recordOf(valueAt(object, ["spec", "selector", "matchLabels"]));
  return {
    kind: "Scale",
    apiVersion: "autoscaling/v1",
    metadata: { name, namespace, uid, resourceVersion, creationTimestamp },
    spec: { replicas: numberOf(object.spec?.["replicas"]) },
    status: {
      replicas: numberOf(object.status?.["replicas"]),
      selector: Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join(","),
    },
  };
}
