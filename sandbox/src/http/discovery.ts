import { apiVersionOf, type Resource, VERBS } from "../resources/resource.ts";
import { type Answer, type Api, type ApiRequest, json } from "./request.ts";
import { REVIEWS } from "./reviews.ts";

const VERSION = {
  major: "1",
  minor: "34",
  gitVersion: "v1.34.4",
  gitCommit: "0000000000000000000000000000000000000000",
  gitTreeState: "archive",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "go1.26.8",
  compiler: "gc",
  platform: "linux/amd64",
};

const HEALTH = new Set(["/readyz", "/livez", "/healthz"]);

/** Discovery, version and health; undefined for every other path. */
export function serveDiscovery(api: Api, request: ApiRequest): Answer | undefined {
  const { path } = request;
  if (path === "/version") return json(200, VERSION);
  if (HEALTH.has(path)) return { kind: "text", code: 200, text: "ok" };
  const groups = groupsOf(served(api));
  const isAggregated = request.accept.includes("as=APIGroupDiscoveryList");
  if (path === "/api") return isAggregated ? aggregated(groups.filter(isCore)) : json(200, coreVersions());
  const named = groups.filter((group) => !isCore(group));
  if (path === "/apis") return isAggregated ? aggregated(named) : json(200, groupList(named));
  return resourceList(path, groups);
}

/** A resource as discovery tells of it. */
interface Entry extends Pick<Resource, "group" | "version" | "plural" | "singular" | "kind" | "namespaced"> {
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly verbs: readonly string[];
  readonly subresources: readonly Subresource[];
  readonly custom: boolean;
}

interface Subresource {
  readonly name: string;
  readonly verbs: readonly string[];
  readonly response: { readonly group: string; readonly version: string; readonly kind: string };
}

interface Group {
  readonly name: string;
  readonly versions: ReadonlyMap<string, readonly Entry[]>;
}

function served(api: Api): readonly Entry[] {
  const reviews = Object.entries(REVIEWS).map(([path, { kind }]): Entry => {
    const [, , group = "", version = "", plural = ""] = path.split("/");
    const names = { plural, singular: kind.toLowerCase(), kind, shortNames: [], categories: [] };
    return { group, version, ...names, namespaced: false, verbs: ["create"], subresources: [], custom: false };
  });
  return [...api.catalog.all().map(toEntry), ...reviews];
}

function toEntry(resource: Resource): Entry {
  return { ...resource, verbs: VERBS, subresources: subresourcesOf(resource) };
}

const WRITE_VERBS = ["get", "patch", "update"];

function subresourcesOf(resource: Resource): readonly Subresource[] {
  const { kind } = resource;
  const own = resource.custom
    ? { group: resource.group, version: resource.version, kind }
    : { group: "", version: "", kind };
  const policy = { group: "policy", version: "v1", kind: "Eviction" };
  const scale = { group: "autoscaling", version: "v1", kind: "Scale" };
  const token = { group: "authentication.k8s.io", version: "v1", kind: "TokenRequest" };
  return [
    ...(kind === "Pod" ? [{ name: "eviction", verbs: ["create"], response: policy }] : []),
    ...(kind === "Pod" ? [{ name: "log", verbs: ["get"], response: own }] : []),
    ...(resource.hasScale ? [{ name: "scale", verbs: WRITE_VERBS, response: scale }] : []),
    ...(resource.hasStatus ? [{ name: "status", verbs: WRITE_VERBS, response: own }] : []),
    ...(kind === "ServiceAccount" ? [{ name: "token", verbs: ["create"], response: token }] : []),
  ];
}

function groupsOf(entries: readonly Entry[]): readonly Group[] {
  const groups = new Map<string, Map<string, Entry[]>>();
  for (const entry of entries) {
    const versions = groups.get(entry.group) ?? new Map<string, Entry[]>();
    versions.set(entry.version, [...(versions.get(entry.version) ?? []), entry]);
    groups.set(entry.group, versions);
  }
  return [...groups].map(([name, versions]) => ({ name, versions }));
}

function isCore({ name }: Group): boolean {
  return name === "";
}

/** Clients tell the aggregated form from the old one by the content type. */
const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

function aggregated(groups: readonly Group[]): Answer {
  const items = groups.map(({ name, versions }) => ({
    metadata: name === "" ? {} : { name },
    versions: [...versions].map(([version, entries]) => ({
      version,
      resources: entries.map(aggregatedResource),
      freshness: "Current",
    })),
  }));
  const body = { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
  return { kind: "json", code: 200, body, contentType: AGGREGATED };
}

function aggregatedResource(entry: Entry) {
  const { kind, custom, group, version } = entry;
  return {
    resource: entry.plural,
    responseKind: custom ? { group, version, kind } : { group: "", version: "", kind },
    scope: entry.namespaced ? "Namespaced" : "Cluster",
    singularResource: entry.singular,
    verbs: entry.verbs,
    ...names(entry),
    ...(entry.subresources.length === 0
      ? {}
      : {
          subresources: entry.subresources.map(({ name, verbs, response }) => ({
            subresource: name,
            responseKind: response,
            verbs,
          })),
        }),
  };
}

function names({ shortNames, categories }: Entry) {
  return {
    ...(shortNames.length === 0 ? {} : { shortNames }),
    ...(categories.length === 0 ? {} : { categories }),
  };
}

function coreVersions() {
  return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
}

function groupList(groups: readonly Group[]) {
  return { kind: "APIGroupList", apiVersion: "v1", groups: groups.map(legacyGroup) };
}

function legacyGroup({ name, versions }: Group) {
  const list = [...versions.keys()].map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

function resourceList(path: string, groups: readonly Group[]): Answer | undefined {
  const [root, ...rest] = path.split("/").filter(Boolean);
  const [name, version] = root === "api" ? ["", rest[0]] : rest;
  const group = groups.find((candidate) => candidate.name === name);
  if (group === undefined || rest.length > 2) return undefined;
  if (version === undefined) return json(200, { kind: "APIGroup", apiVersion: "v1", ...legacyGroup(group) });
  const entries = group.versions.get(version);
  if (entries === undefined || rest.length !== (root === "api" ? 1 : 2)) return undefined;
  const resources = entries.flatMap((entry) => [legacyResource(entry), ...legacySubresources(entry)]);
  const groupVersion = apiVersionOf({ group: group.name, version });
  return json(200, { kind: "APIResourceList", apiVersion: "v1", groupVersion, resources });
}

function legacyResource(entry: Entry) {
  const { plural: name, singular: singularName, namespaced, kind, verbs } = entry;
  return { name, singularName, namespaced, kind, verbs, ...names(entry) };
}

function legacySubresources({ plural, namespaced, subresources }: Entry) {
  return subresources.map(({ name, verbs, response }) => ({
    name: `${plural}/${name}`,
    singularName: "",
    namespaced,
    ...(response.group === "" ? {} : { group: response.group, version: response.version }),
    kind: response.kind,
    verbs,
  }));
}
