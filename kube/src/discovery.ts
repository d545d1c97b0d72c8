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

  async function findType(match: (type: ResourceType) => boolean): Promise<ResourceType | undefined> {
    return (await youngerThan(FRESH_MS)).find(match) ?? (await youngerThan(MISS_MS)).find(match);
  }

  return {
    all: () => youngerThan(FRESH_MS),
    async byKind({ apiVersion, kind }) {
      const found = await findType((type) => type.kind === kind && type.apiVersion === apiVersion);
      if (found === undefined) throw unknownKind(`${apiVersion} ${kind}`, API_RESOURCES);
      return found;
    },
    async byName(name) {
      const found = await findType(nameMatcher(name));
      if (found === undefined) throw unknownKind(name, guesses(name, known?.types ?? []));
      return found;
    },
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

const API_RESOURCES = "List what it serves with kubectl api-resources.";

/** What a person may have meant. */
function guesses(asked: string, types: readonly ResourceType[]): string {
  const names = types.flatMap((type) => [type.kind, type.resource]);
  const near = nearestNames(asked, names);
  return near.length === 0 ? API_RESOURCES : `Near: ${near.join(", ")}.`;
}

function unknownKind(asked: string, next: string): KubeError {
  return new KubeError(`This API server serves no kind "${asked}". ${next}`, { code: "UNKNOWN_KIND" });
}
