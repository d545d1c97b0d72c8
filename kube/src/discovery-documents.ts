import type { ResourceType } from "./access.ts";
import type { Transport } from "./transport.ts";

const AGGREGATED = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";

interface AggregatedResource {
  readonly resource: string;
  readonly responseKind?: { readonly kind?: string };
  readonly scope: "Namespaced" | "Cluster";
  readonly singularResource?: string;
  readonly verbs: readonly string[];
  readonly shortNames?: readonly string[];
  readonly categories?: readonly string[];
}

interface AggregatedGroups {
  readonly kind: "APIGroupDiscoveryList";
  readonly items: readonly {
    readonly metadata: { readonly name?: string };
    readonly versions: readonly { readonly version: string; readonly resources?: readonly AggregatedResource[] }[];
  }[];
}

interface LegacyVersions {
  readonly kind: "APIVersions";
  readonly versions: readonly string[];
}

interface LegacyGroups {
  readonly kind: "APIGroupList";
  readonly groups: readonly {
    readonly versions: readonly { readonly groupVersion: string }[];
    readonly preferredVersion?: { readonly groupVersion: string };
  }[];
}

interface LegacyResources {
  readonly resources: readonly {
    readonly name: string;
    readonly singularName?: string;
    readonly namespaced: boolean;
    readonly kind: string;
    readonly verbs: readonly string[];
    readonly shortNames?: readonly string[];
    readonly categories?: readonly string[];
  }[];
}

type DiscoveryDocument = AggregatedGroups | LegacyVersions | LegacyGroups;

/**
 * Every served kind: the core group first, then the groups in the API server's order, a group's preferred version
 * first. Two requests where the server speaks aggregated discovery (since 1.26), else one a group version.
 */
export async function readServedTypes(transport: Transport): Promise<readonly ResourceType[]> {
  const roots = await Promise.all(
    ["/api", "/apis"].map((path) => transport.json<DiscoveryDocument>({ method: "GET", path, accept: AGGREGATED })),
  );
  const types = await Promise.all(roots.map((root) => typesOf(root, transport)));
  return types.flat();
}

async function typesOf(root: DiscoveryDocument, transport: Transport): Promise<readonly ResourceType[]> {
  if (root.kind === "APIGroupDiscoveryList") return aggregatedTypes(root);
  const paths =
    root.kind === "APIVersions"
      ? root.versions.map((version) => ({ path: `/api/${version}`, apiVersion: version }))
      : groupVersions(root).map((apiVersion) => ({ path: `/apis/${apiVersion}`, apiVersion }));
  const types = await Promise.all(
    paths.map(async ({ path, apiVersion }) => {
      // An aggregated API whose backend is down must not hide all others.
      const list = await transport
        .json<LegacyResources>({ method: "GET", path })
        .catch((): LegacyResources => ({ resources: [] }));
      return legacyTypes(list, apiVersion);
    }),
  );
  return types.flat();
}

function groupVersions({ groups }: LegacyGroups): readonly string[] {
  return groups.flatMap(({ versions, preferredVersion }) => {
    const all = versions.map(({ groupVersion }) => groupVersion);
    const preferred = preferredVersion?.groupVersion;
    return preferred === undefined ? all : [preferred, ...all.filter((version) => version !== preferred)];
  });
}

function aggregatedTypes({ items }: AggregatedGroups): readonly ResourceType[] {
  return items.flatMap(({ metadata: { name: group = "" }, versions }) =>
    versions.flatMap(({ version, resources = [] }) => {
      const apiVersion = group === "" ? version : `${group}/${version}`;
      return resources.flatMap((resource) => aggregatedType(resource, apiVersion));
    }),
  );
}

/** None for a resource that has no kind of its own: its main verb is missing, only subresources exist. */
function aggregatedType(resource: AggregatedResource, apiVersion: string): readonly ResourceType[] {
  const kind = resource.responseKind?.kind;
  if (kind === undefined || kind === "") return [];
  return [
    {
      apiVersion,
      kind,
      resource: resource.resource,
      singular: resource.singularResource || kind.toLowerCase(),
      shortNames: resource.shortNames ?? [],
      namespaced: resource.scope === "Namespaced",
      verbs: resource.verbs,
      categories: resource.categories ?? [],
    },
  ];
}

function legacyTypes({ resources }: LegacyResources, apiVersion: string): readonly ResourceType[] {
  return resources
    .filter(({ name }) => !name.includes("/"))
    .map((resource) => ({
      apiVersion,
      kind: resource.kind,
      resource: resource.name,
      singular: resource.singularName || resource.kind.toLowerCase(),
      shortNames: resource.shortNames ?? [],
      namespaced: resource.namespaced,
      verbs: resource.verbs,
      categories: resource.categories ?? [],
    }));
}
