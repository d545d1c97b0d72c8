import { GROUP } from "@sre-agent/crds";
import { isCustom, type NeededKind, REQUIRED_KINDS } from "@sre-agent/diagnosis";
import type { Reader } from "@sre-agent/kube";

/** Each is a request of its own. */
const MAX_KINDS = 30;

export interface CustomKinds {
  readonly kinds: readonly NeededKind[];
  /** How many more the API server serves. */
  readonly omitted: number;
}

/**
 * The kinds of custom resources that belong to namespaces, by what the API server says that it serves: at most thirty,
 * without our own, and without namesakes of kinds that analyzers know by their name.
 */
export async function customKinds(reader: Pick<Reader, "discover">): Promise<CustomKinds> {
  const taken = new Set(REQUIRED_KINDS.map(({ kind }) => kind));
  const kinds = (await reader.discover())
    .filter(({ namespaced, verbs, kind }) => namespaced && verbs.includes("list") && !taken.has(kind))
    .filter(({ apiVersion }) => isCustom(apiVersion) && !apiVersion.startsWith(`${GROUP}/`))
    .map(({ apiVersion, kind }): NeededKind => ({ apiVersion, kind, scope: "Namespaced" }));
  // One version of each: they hold the same objects.
  const single = [...new Map(kinds.toReversed().map((one) => [groupKind(one), one])).values()].toReversed();
  return { kinds: single.slice(0, MAX_KINDS), omitted: Math.max(0, single.length - MAX_KINDS) };
}

function groupKind({ apiVersion, kind }: NeededKind): string {
  return `${apiVersion.split("/")[0]}/${kind}`;
}
