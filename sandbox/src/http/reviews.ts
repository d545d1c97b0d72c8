import type { Attributes } from "../access/authorizer.ts";
import { API_AUDIENCE, type User, userOf } from "../access/tokens.ts";
import { badRequest, methodNotAllowed } from "../api-error.ts";
import { timestamp } from "../clock.ts";
import { isRecord, type JsonRecord, listOf, numberOf, recordOf, textOf } from "../json.ts";
import { builtIn } from "../resources/built-in.ts";
import { type Answer, type Api, type ApiRequest, json, parseBody } from "./request.ts";

type Review = (api: Api, request: ApiRequest, body: JsonRecord) => unknown;

/** Kinds that are answered and never stored, by path. */
export const REVIEWS: Readonly<Record<string, { readonly kind: string; readonly review: Review }>> = {
  "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews": {
    kind: "SelfSubjectAccessReview",
    review: (api, { user }, { spec }) => accessStatus(api, user.username, recordOf(spec)),
  },
  "/apis/authorization.k8s.io/v1/subjectaccessreviews": {
    kind: "SubjectAccessReview",
    review: (api, _request, { spec }) => accessStatus(api, textOf(recordOf(spec)["user"]), recordOf(spec)),
  },
  "/apis/authentication.k8s.io/v1/tokenreviews": {
    kind: "TokenReview",
    review: (api, _request, { spec }) => tokenStatus(api, recordOf(spec)),
  },
  "/apis/authentication.k8s.io/v1/selfsubjectreviews": {
    kind: "SelfSubjectReview",
    review: (_api, { user }) => ({ userInfo: user }),
  },
};

export function serveReview(api: Api, request: ApiRequest): Answer | undefined {
  const found = REVIEWS[request.path];
  if (found === undefined) return undefined;
  if (request.method !== "POST") throw methodNotAllowed();
  const body = parseBody(request.body, found.kind);
  const apiVersion = request.path.split("/").slice(2, 4).join("/");
  const { metadata = {}, spec } = body;
  const status = found.review(api, request, body);
  return json(201, { kind: found.kind, apiVersion, metadata, ...(spec === undefined ? {} : { spec }), status });
}

function accessStatus(api: Api, username: string, spec: JsonRecord) {
  const { resourceAttributes, nonResourceAttributes } = spec;
  if (!isRecord(resourceAttributes)) {
    if (isRecord(nonResourceAttributes)) return { allowed: true };
    throw badRequest("exactly one of nonResourceAttributes or resourceAttributes must be specified");
  }
  return { allowed: api.authorizer.allows(username, attributesOf(resourceAttributes)) };
}

function attributesOf(attributes: JsonRecord): Attributes {
  return {
    verb: textOf(attributes["verb"]),
    group: textOf(attributes["group"]),
    resource: textOf(attributes["resource"]),
    subresource: textOf(attributes["subresource"]),
    namespace: textOf(attributes["namespace"]),
    name: textOf(attributes["name"]),
  };
}

function tokenStatus(api: Api, spec: JsonRecord) {
  const wanted = audiencesOf(spec["audiences"]);
  const token = api.tokens.find(textOf(spec["token"]));
  if (token === undefined) return { user: {}, error: "invalid bearer token" };
  const audiences = wanted.filter((audience) => token.audiences.includes(audience));
  if (audiences.length > 0) return { authenticated: true, user: token.user, audiences };
  const [has, for_] = [token.audiences, wanted].map((list) => JSON.stringify(list));
  const error = `[invalid bearer token, token audiences ${has} is invalid for the target audiences ${for_}]`;
  return { user: {}, error };
}

function audiencesOf(value: unknown): readonly string[] {
  const audiences = listOf(value).map(textOf);
  return audiences.length === 0 ? [API_AUDIENCE] : audiences;
}

const DEFAULT_TOKEN_SECONDS = 3_600;

/** `serviceaccounts/token`: a token of the sandbox's own for that account. */
export function requestToken(
  api: Api,
  request: ApiRequest & { readonly target: { readonly namespace: string; readonly name: string } },
): Answer {
  if (request.method !== "POST") throw methodNotAllowed();
  const account = api.registry.get(builtIn("ServiceAccount"), request.target);
  const spec = recordOf(parseBody(request.body, "TokenRequest")["spec"]);
  const audiences = audiencesOf(spec["audiences"]);
  const expirationSeconds = numberOf(spec["expirationSeconds"]) || DEFAULT_TOKEN_SECONDS;
  const { namespace, name, uid } = account.metadata;
  const user: User = userOf(`system:serviceaccount:${namespace}:${name}`, [], uid);
  const expiresAtMs = api.clock.now() + expirationSeconds * 1_000;
  const token = api.tokens.issue({ user, audiences, expiresAtMs });
  return json(201, {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: { name, namespace, uid, creationTimestamp: timestamp(api.clock.now()) },
    spec: { audiences, expirationSeconds, boundObjectRef: null },
    status: { token, expirationTimestamp: timestamp(expiresAtMs) },
  });
}
