import { ACTION, API_VERSION, findCondition, INVESTIGATION, reaches, type SreInvestigation } from "@sre-agent/crds";
import { ACT_WRITE_ROLE, SERVICE_ACCOUNTS, SYSTEM_NAMESPACE } from "@sre-agent/deploy";
import { isKubeError, type KindRef, type KubeObject } from "@sre-agent/kube";
import { look } from "../compose/look.ts";
import { namespaceMode, readPolicy } from "../compose/policy.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import type { Cluster } from "./cluster-checks.ts";

const ACT_SERVER = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  namespace: SYSTEM_NAMESPACE,
  name: SERVICE_ACCOUNTS.act,
};

/** Whether what the policy lets the act server do in the namespace can happen there; nothing where there is no act server. */
export async function checkActing(cluster: Cluster): Promise<readonly Check[]> {
  const { namespace, reader, signal } = cluster;
  const [server, object, policy] = await Promise.all([
    look(cluster, ACT_SERVER),
    look(cluster, { apiVersion: "v1", kind: "Namespace", name: namespace }),
    readPolicy(reader, signal).catch(hidden),
  ]);
  // Of a policy that may not be read its own check tells.
  if (typeof server === "string" || typeof object === "string" || policy === "hidden") return [];
  const { mode, by } = namespaceMode(policy, object);
  const title = `acting in ${namespace}`;
  if (!reaches(mode, "propose")) return [ok(title, `mode ${mode}: ${by}`)];
  const actions = await list(cluster, { apiVersion: API_VERSION, kind: ACTION.kind });
  if (actions === "hidden") return [warn(title, "SreActions may not be listed", "Ask for list of sreactions.")];
  if (actions.length === 0) {
    const change = "Write down what may be done there; see deploy/samples/action.yaml.";
    return [warn(title, `mode ${mode}, and no SreAction: nothing can be proposed`, change)];
  }
  if (!reaches(mode, "approve") || (await isOptedIn(cluster))) return [ok(title, `mode ${mode}: ${by}`)];
  const change = `Opt it in with the RoleBinding of deploy/samples/opt-in.yaml, in namespace ${namespace}.`;
  return [warn(title, `mode ${mode}, and no RoleBinding to ${ACT_WRITE_ROLE}: no change can be made`, change)];
}

/** Whatever the RoleBinding is called; also when it may not be looked at. */
async function isOptedIn(cluster: Cluster): Promise<boolean> {
  const bindings = await list<Binding>(cluster, { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" });
  return bindings === "hidden" || bindings.some(({ roleRef }) => roleRef?.name === ACT_WRITE_ROLE);
}

interface Binding extends KubeObject {
  readonly roleRef?: { readonly name?: string };
}

async function list<Item extends KubeObject>({ reader, namespace, signal }: Cluster, kind: KindRef) {
  return reader.listAll<Item>(kind, { namespace, signal }).then(({ items }) => items, hidden);
}

function hidden(error: unknown): "hidden" {
  if (isKubeError(error, "FORBIDDEN")) return "hidden";
  throw error;
}

const MAX_LISTED = 500;

/** Investigations that wait for the agent say why: it is gone, or it does not know the operator's secret. */
export async function checkInvestigations({ reader, signal }: Cluster): Promise<readonly Check[]> {
  const title = "investigations";
  try {
    const kind = { apiVersion: API_VERSION, kind: INVESTIGATION.kind };
    const { items } = await reader.listAll<KubeObject & SreInvestigation>(kind, { maxItems: MAX_LISTED, signal });
    const [waiting, ...others] = items.filter((item) => waitsForAgent(item) !== undefined);
    if (waiting === undefined) return [ok(title, "none waits for the agent")];
    const { name, namespace } = waiting.metadata;
    const found = `${others.length + 1} waiting for the agent: ${waitsForAgent(waiting)}`;
    return [fail(title, found, `Look at one: kubectl -n ${namespace} describe sreinvestigation ${name}`)];
  } catch (error) {
    if (!isKubeError(error, "FORBIDDEN", "UNKNOWN_KIND", "NOT_FOUND")) throw error;
    return [];
  }
}

function waitsForAgent({ status }: SreInvestigation): string | undefined {
  const stalled = findCondition(status?.conditions, "Stalled");
  return stalled?.status === "True" && stalled.reason === "AgentUnavailable" ? stalled.message : undefined;
}
