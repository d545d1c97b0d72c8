import type { ResourceType } from "./access.ts";
import type { Clock } from "./clock.ts";
import { readServedTypes } from "./discovery-documents.ts";
import { KubeError } from "./error.ts";
import { nearestNames } from "./near-names.ts";
import type { KindRef } from "./object.ts";
import type { Transport } from "./transport.ts";

/** What the API server serves, remembered. */
export interface Discovery {
  all(): Promise<readonly ResourceType[]>;
  byName(name: string): Promise<ResourceType>;
  byKind(kind: KindRef): Promise<ResourceType>;
}

const FRESH_MS = 5 * 60_000;
/** A name that is not there asks again at most this often, so that guesses cannot flood the API server. */
const MISS_MS = 5_000;

export function createDiscovery(transport: Transport, clock: Pick<Clock, "now">): Discovery {
  let known: { readonly types: readonly ResourceType[]; readonly atMs: number } | undefined;
  let underWay: Promise<readonly ResourceType[]> | undefined;

  /** Shared by all who wait, so no single caller's signal may end it. */
  function refresh(): Promise<readonly ResourceType[]> {
    underWay ??= readServedTypes(transport)
      .then((types) => {
        known = { types, atMs: clock.now() };
        return types;
      })
      .finally(() => {
        underWay = undefined;
      });
    return underWay;
  }

  async function youngerThan(ageMs: number): Promise<readonly ResourceType[]> {
    return known !== undefined && clock.now() - known.atMs < ageMs ? known.types : refresh();
  }

  async function findType(match: (type: ResourceType) => boolean, asked: string): Promise<ResourceType> {
    const found = (await youngerThan(FRESH_MS)).find(match) ?? (await youngerThan(MISS_MS)).find(match);
    if (found === undefined) throw unknownKind(asked, known?.types ?? []);
    return found;
  }

  return {
    all: () => youngerThan(FRESH_MS),
    byKind: ({ apiVersion, kind }) =>
      findType((type) => type.kind === kind && type.apiVersion === apiVersion, `${apiVersion} ${kind}`),
    byName: (name) => findType(nameMatcher(name), name),
  };
}

/** `deploy`, `Deployment`, `deployments.apps`, `deployments.v1.apps`, `apps/v1/Deployment`. */
function nameMatcher(asked: string): (type: ResourceType) => boolean {
  const wanted = asked.trim().toLowerCase();
  return (type) => {
    const [group, version] = splitApiVersion(type.apiVersion);
    const names = [type.kind.toLowerCase(), type.resource, type.singular, ...type.shortNames];
    if (names.includes(wanted)) return true;
    if (wanted === `${type.apiVersion}/${type.kind}`.toLowerCase()) return true;
    return names.some((name) => wanted === `${name}.${group}` || wanted === `${name}.${version}.${group}`);
  };
}

/** Group ("" for the core group) and version of an `apiVersion`. */
export function splitApiVersion(apiVersion: string): readonly [group: string, version: string] {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? ["", apiVersion] : [apiVersion.slice(0, slash), apiVersion.slice(slash + 1)];
}

function unknownKind(asked: string, types: readonly ResourceType[]): KubeError {
  const near = nearestNames(
    asked,
    types.flatMap((type) => [type.kind, type.resource]),
  );
  const next = near.length === 0 ? "List what it serves with kubectl api-resources." : `Near: ${near.join(", ")}.`;
  return new KubeError(`This API server serves no kind "${asked}". ${next}`, { code: "UNKNOWN_KIND" });
}
