import {
  API_VERSION,
  GROUP,
  lowestMode,
  MODE_WITHOUT_POLICY,
  type Mode,
  POLICY,
  POLICY_NAME,
  type SrePolicy,
} from "@sre-agent/crds";
import {
  type Connection,
  createReader,
  createRecordWriter,
  isKubeError,
  type KubeObject,
  type Reader,
} from "@sre-agent/kube";
import { isProtected, ruleFor } from "@sre-agent/mcp-server/act";

export type StoredPolicy = SrePolicy & KubeObject;

const KIND = { apiVersion: API_VERSION, kind: POLICY.kind };
const REF = { ...KIND, name: POLICY_NAME };

/** The SrePolicy as it is now; undefined when there is none. @throws KubeError UNKNOWN_KIND without the kinds */
export async function readPolicy(reader: Reader, signal: AbortSignal): Promise<StoredPolicy | undefined> {
  try {
    return await reader.get<StoredPolicy>(REF, { signal });
  } catch (error) {
    if (isKubeError(error, "NOT_FOUND")) return undefined;
    throw error;
  }
}

/** How far sre-agent may go in one namespace, and what decides it. */
export interface NamespaceMode {
  readonly namespace: string;
  readonly mode: Mode;
  readonly by: string;
}

const MAX_NAMESPACES = 5_000;

/** The ceiling in every namespace: the policy's mode, its first rule that matches, and what is never touched. */
export async function namespaceModes(
  reader: Reader,
  policy: StoredPolicy | undefined,
  signal: AbortSignal,
): Promise<readonly NamespaceMode[]> {
  const kind = { apiVersion: "v1", kind: "Namespace" };
  const { items } = await reader.listAll(kind, { maxItems: MAX_NAMESPACES, signal });
  return items.map((namespace) => namespaceMode(policy, namespace));
}

/** The ceiling in one namespace. */
export function namespaceMode(policy: StoredPolicy | undefined, object: KubeObject): NamespaceMode {
  const namespace = object.metadata.name;
  if (policy === undefined) return { namespace, mode: MODE_WITHOUT_POLICY, by: "there is no SrePolicy" };
  const { mode: ceiling, protectedNamespaces = [], rules = [] } = policy.spec;
  if (isProtected(namespace)) return observed(namespace, ceiling, "protected always");
  if (protectedNamespaces.includes(namespace)) return observed(namespace, ceiling, "protected by the policy");
  const rule = ruleFor(policy, object);
  if (rule === undefined) return observed(namespace, ceiling, "no rule matches it");
  const by = `rule ${rules.indexOf(rule) + 1}${rule.windows === undefined ? "" : ", inside its windows"}`;
  return { namespace, mode: lowestMode(ceiling, rule.mode), by };
}

function observed(namespace: string, ceiling: Mode, by: string): NamespaceMode {
  return { namespace, mode: lowestMode(ceiling, MODE_WITHOUT_POLICY), by };
}

/**
 * Sets the mode, and nothing else, on the policy that was read: who changed it meanwhile wins.
 * @throws KubeError CONFLICT
 */
export async function setMode(
  connection: Connection,
  { policy, mode }: { readonly policy: StoredPolicy | undefined; readonly mode: Mode },
  signal: AbortSignal,
): Promise<void> {
  const records = createRecordWriter(connection, { group: GROUP });
  if (policy === undefined) {
    await records.create({ ...KIND, metadata: { name: POLICY_NAME }, spec: { mode } }, { signal });
    return;
  }
  const { resourceVersion, uid } = policy.metadata;
  await records.merge(REF, { metadata: { resourceVersion, uid }, spec: { mode } }, { signal });
}

const ATTEMPTS = 5;

/** Mode off, whoever writes at the same time; answers with the mode before. @throws KubeError after five conflicts */
export async function switchOff(connection: Connection, signal: AbortSignal): Promise<Mode | undefined> {
  const reader = createReader(connection);
  for (let attempt = 1; ; attempt += 1) {
    const policy = await readPolicy(reader, signal);
    const before = policy?.spec.mode;
    if (before === "off") return before;
    try {
      await setMode(connection, { policy, mode: "off" }, signal);
      return before;
    } catch (error) {
      if (!isKubeError(error, "CONFLICT", "ALREADY_EXISTS") || attempt === ATTEMPTS) throw error;
    }
  }
}
