import { GROUP } from "@sre-agent/crds";
import { isCustom, type NeededKind, REQUIRED_KINDS } from "@sre-agent/diagnosis";
import { KubeError, type Reader, type ResourceType } from "@sre-agent/kube";

/** Each is a request of its own. */
const MAX_KINDS = 30;

export interface ExtensionKinds {
  readonly kinds: readonly NeededKind[];
  /** How many more the API server serves. */
  readonly omitted: number;
}

/**
 * What others than Kubernetes itself serve in namespaces: the usage of pods, and custom resources, without our own and
 * without namesakes of kinds that analyzers know by their name. At most thirty kinds; none where they cannot be asked for.
 */
export async function extensionKinds(reader: Pick<Reader, "discover">): Promise<ExtensionKinds> {
  const kinds = (await served(reader))
    .filter(isWanted)
    .map(({ apiVersion, kind }): NeededKind => ({ apiVersion, kind, scope: "Namespaced" }));
  // One version of each: they hold the same objects.
  const single = [...new Map(kinds.toReversed().map((one) => [groupKind(one), one])).values()].toReversed();
  const ordered = [...single.filter(isUsage), ...single.filter((one) => !isUsage(one))];
  return { kinds: ordered.slice(0, MAX_KINDS), omitted: Math.max(0, ordered.length - MAX_KINDS) };
}

async function served(reader: Pick<Reader, "discover">): Promise<readonly ResourceType[]> {
  try {
    return await reader.discover();
  } catch (error) {
    // The lists of the other kinds need the same answer, and say what is wrong.
    if (error instanceof KubeError) return [];
    throw error;
  }
}

const TAKEN = new Set(REQUIRED_KINDS.map(({ kind }) => kind));

function isWanted({ apiVersion, kind, namespaced, verbs }: ResourceType): boolean {
  if (!namespaced || !verbs.includes("list") || TAKEN.has(kind)) return false;
  return isUsage({ apiVersion, kind }) || (isCustom(apiVersion) && !apiVersion.startsWith(`${GROUP}/`));
}

function isUsage({ apiVersion, kind }: Pick<NeededKind, "apiVersion" | "kind">): boolean {
  return apiVersion.startsWith("metrics.k8s.io/") && kind === "PodMetrics";
}

function groupKind({ apiVersion, kind }: NeededKind): string {
  return `${apiVersion.split("/")[0]}/${kind}`;
}
