import type { Attributes } from "../access/authorizer.ts";
import { forbidden, methodNotAllowed, noSuchResource } from "../api-error.ts";
import { deleteCollection, deleteObject } from "./delete.ts";
import { serveDiscovery } from "./discovery.ts";
import { evictPod } from "./eviction.ts";
import { readLog } from "./log.ts";
import { patchObject } from "./patch.ts";
import { getObject, listObjects } from "./read.ts";
import type { Answer, Api, ApiRequest, Target, TargetRequest } from "./request.ts";
import { requestToken, serveReview } from "./reviews.ts";
import { serveScale } from "./scale.ts";
import { parseTarget } from "./target.ts";
import { watchObjects } from "./watch.ts";
import { createObject, replaceObject } from "./write.ts";

type Handler = (api: Api, request: TargetRequest) => Answer;

const BY_VERB: Readonly<Record<string, Handler>> = {
  get: getObject,
  list: listObjects,
  watch: watchObjects,
  create: createObject,
  update: replaceObject,
  patch: patchObject,
  delete: deleteObject,
  deletecollection: deleteCollection,
};

const BY_SUBRESOURCE: Readonly<Record<string, Handler>> = {
  "pods/log": readLog,
  "pods/eviction": evictPod,
  "serviceaccounts/token": requestToken,
};

/** Answers one request. Throws ApiError. */
export function route(api: Api, request: ApiRequest): Answer {
  const fixed = serveReview(api, request) ?? serveDiscovery(api, request);
  if (fixed !== undefined) return fixed;
  const target = parseTarget(request.path, api.catalog);
  if (target === undefined) return { kind: "text", code: 404, text: "404 page not found\n" };
  const verb = verbOf(request, target);
  refuseForbidden(api, request, { verb, target });
  return handlerOf(target, verb)(api, { ...request, target });
}

function verbOf({ method, query }: ApiRequest, { name }: Target): string {
  if (method === "GET" && isTrue(query.get("watch"))) return "watch";
  const verbs: Readonly<Record<string, readonly [ofCollection: string, ofObject: string]>> = {
    GET: ["list", "get"],
    POST: ["create", "create"],
    PUT: ["", "update"],
    PATCH: ["", "patch"],
    DELETE: ["deletecollection", "delete"],
  };
  return verbs[method]?.[name === "" ? 0 : 1] ?? "";
}

function isTrue(value: string | null): boolean {
  return value === "true" || value === "1";
}

function handlerOf(target: Target, verb: string): Handler {
  const { resource, subresource, name } = target;
  const special = BY_SUBRESOURCE[`${resource.plural}/${subresource}`];
  if (special !== undefined) return special;
  if (subresource === "scale" && resource.hasScale) return serveScale;
  const isStatus = subresource === "status" && resource.hasStatus;
  if (subresource !== "" && !isStatus) throw noSuchResource();
  const handler = BY_VERB[verb];
  if (handler === undefined || (verb === "create" && name !== "") || (isStatus && verb === "delete")) {
    throw methodNotAllowed();
  }
  return handler;
}

function refuseForbidden(
  api: Api,
  { user }: ApiRequest,
  asked: { readonly verb: string; readonly target: Target },
): void {
  const { verb, target } = asked;
  const { resource, namespace, name, subresource } = target;
  const attributes: Attributes = {
    verb,
    group: resource.group,
    resource: resource.plural,
    subresource,
    namespace,
    name,
  };
  if (api.authorizer.allows(user.username, attributes)) return;
  const what = subresource === "" ? resource.plural : `${resource.plural}/${subresource}`;
  const where = namespace === "" ? " at the cluster scope" : ` in the namespace "${namespace}"`;
  const why = `User "${user.username}" cannot ${verb} resource "${what}" in API group "${resource.group}"${where}`;
  throw forbidden(resource, name, why);
}
