import { type Denial, deny } from "@sre-agent/crds";
import { isKubeError, type KubeObject, nearestNames, type ObjectRef, type Reader } from "@sre-agent/kube";

/** An empty answer about something that is not there would read as "all is well"; these tell the two apart. */

const LISTED = 500;
const MAX_NEAR = 5;
const MIN_PREFIX = 3;

/** The object, or NOT_FOUND with names like it: a pod's name has often changed since it was read. */
export async function getOrNear(reader: Reader, ref: ObjectRef, signal: AbortSignal): Promise<KubeObject | Denial> {
  try {
    return await reader.get(ref, { signal });
  } catch (error) {
    if (!isKubeError(error, "NOT_FOUND")) throw error;
    return noSuchObject(ref, await nearNames(reader, ref, signal));
  }
}

/** NOT_FOUND when there is no such namespace; null when there is, or when nobody may say. */
export async function missingNamespace(
  reader: Reader,
  namespace: string | undefined,
  signal: AbortSignal,
): Promise<Denial | null> {
  if (namespace === undefined) return null;
  try {
    await reader.get({ apiVersion: "v1", kind: "Namespace", name: namespace }, { signal });
    return null;
  } catch (error) {
    if (!isKubeError(error)) throw error;
    if (error.code !== "NOT_FOUND") return null;
    return deny("NOT_FOUND", `There is no namespace ${namespace}.`, "List the kind Namespace to find the right name.");
  }
}

function noSuchObject({ kind, name, namespace }: ObjectRef, near: readonly string[]): Denial {
  const place = namespace === undefined ? "" : ` in ${namespace}`;
  const hint = near.length === 0 ? "" : ` Names like it: ${near.join(", ")}.`;
  return deny("NOT_FOUND", `There is no ${kind} ${name}${place}.${hint}`);
}

/** Best effort: the refusal stands without them. */
async function nearNames(reader: Reader, ref: ObjectRef, signal: AbortSignal): Promise<readonly string[]> {
  const place = ref.namespace === undefined ? {} : { namespace: ref.namespace };
  try {
    const { rows } = await reader.table(ref, { ...place, limit: LISTED, signal });
    const names = rows.map(({ name }) => name);
    return [...new Set([...beginningAlike(ref.name, names), ...nearestNames(ref.name, names)])].slice(0, MAX_NEAR);
  } catch (error) {
    if (!isKubeError(error)) throw error;
    return [];
  }
}

/** Generated endings differ: what begins alike is of the same workload. */
function beginningAlike(asked: string, names: readonly string[]): readonly string[] {
  return names
    .map((name) => ({ name, shared: sharedPrefix(name, asked) }))
    .filter(({ shared }) => shared >= MIN_PREFIX)
    .sort((a, b) => b.shared - a.shared || a.name.localeCompare(b.name))
    .map(({ name }) => name);
}

function sharedPrefix(one: string, other: string): number {
  const end = [...one].findIndex((letter, index) => letter !== other[index]);
  return end === -1 ? one.length : end;
}
