import { ACTION, API_VERSION, findCondition, INVESTIGATION, reaches, type SreInvestigation } from "@sre-agent/crds";
import { optIn, SERVICE_ACCOUNTS, SYSTEM_NAMESPACE } from "@sre-agent/deploy";
import { isKubeError, type KubeObject, type ObjectRef } from "@sre-agent/kube";
import { namespaceMode, readPolicy } from "../compose/policy.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import type { Cluster } from "./cluster-checks.ts";
import { look } from "./look.ts";

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
    readPolicy(reader, signal).catch(nothingWhenHidden),
  ]);
  if (typeof server === "string" || typeof object === "string") return [];
  const { mode, by } = namespaceMode(policy, object);
  const title = `acting in ${namespace}`;
  if (!reaches(mode, "propose")) return [ok(title, `mode ${mode}: ${by}`)];
  const { items } = await reader.listAll({ apiVersion: API_VERSION, kind: ACTION.kind }, { namespace, signal });
  if (items.length === 0) {
    const change = "Write down what may be done there; see deploy/samples/action.yaml.";
    return [warn(title, `mode ${mode}, and no SreAction: nothing can be proposed`, change)];
  }
  const { metadata, ...binding } = optIn(namespace) as ObjectRef & Pick<KubeObject, "metadata">;
  if (!reaches(mode, "approve") || (await look(cluster, { ...binding, ...metadata })) !== "missing") {
    return [ok(title, `mode ${mode}: ${by}`)];
  }
  const change = `Opt it in with the RoleBinding of deploy/samples/opt-in.yaml, in namespace ${namespace}.`;
  return [warn(title, `mode ${mode}, and no RoleBinding ${metadata.name}: no change can be made`, change)];
}

function nothingWhenHidden(error: unknown): undefined {
  if (!isKubeError(error, "FORBIDDEN")) throw error;
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
