import { canonicalJson, customResourceDefinition, KINDS, type MaintenanceWindow } from "@sre-agent/crds";
import { admissionPolicies, SERVICE_ACCOUNTS, SYSTEM_NAMESPACE } from "@sre-agent/deploy";
import { isKubeError, mayI } from "@sre-agent/kube";
import { ACT_LEASE } from "@sre-agent/mcp-server/act";
import { OPERATOR_LEASE } from "@sre-agent/operator";
import { type Looked, look, type Stored } from "../compose/look.ts";
import { readPolicy } from "../compose/policy.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import type { Cluster } from "./cluster-checks.ts";
import { installedModel } from "./installed-model.ts";

const APPLY_KINDS = "sre-agent crds apply";

/** Whether our kinds are there, all of them, and as this version has them. */
export async function checkKinds(cluster: Cluster): Promise<Check> {
  const definitions = KINDS.map((kind) => customResourceDefinition(kind) as Stored);
  const found = await Promise.all(
    definitions.map(async (wanted) => ({
      wanted,
      stored: await look(cluster, { ...CRD, name: wanted.metadata.name }),
    })),
  );
  const title = "kinds";
  const missing = found.filter(({ stored }) => stored === "missing");
  const named = (some: typeof found) => some.map(({ wanted }) => wanted.metadata.name.split(".")[0]).join(", ");
  if (missing.length === found.length) {
    return warn(title, "not installed: everything reads, nothing is proposed", `Install them: ${APPLY_KINDS}`);
  }
  if (missing.length > 0) return fail(title, `missing: ${named(missing)}`, `Install them: ${APPLY_KINDS}`);
  if (found.some(({ stored }) => stored === "hidden")) {
    return warn(title, "installed or not, it may not be looked at", "Ask for get of customresourcedefinitions.");
  }
  const other = found.filter(({ wanted, stored }) => schemaOf(wanted) !== schemaOf(stored as Stored));
  if (other.length > 0) return fail(title, `of another version: ${named(other)}`, `Update them: ${APPLY_KINDS}`);
  return ok(title, `all ${found.length} of this version`);
}

const CRD = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };

function schemaOf({ spec }: Stored): string {
  const { versions = [] } = (spec ?? {}) as { readonly versions?: readonly { readonly schema?: unknown }[] };
  return canonicalJson(versions[0]?.schema ?? null);
}

const APPLY_ADMISSION = "Install them: kubectl apply -f deploy/manifests/30-admission.yaml";

/** The second wall: without it an approval says whatever its creator wrote. */
export async function checkAdmission(cluster: Cluster): Promise<Check> {
  const wanted = admissionPolicies() as readonly Stored[];
  const found = await Promise.all(
    wanted.map(async (each) => {
      const { apiVersion, kind, metadata } = each;
      const { name } = metadata;
      return { name, kind, wanted: each, stored: await look(cluster, { apiVersion, kind, name }) };
    }),
  );
  const title = "admission policies";
  const names = (some: typeof found) => [...new Set(some.map(({ name }) => name))].join(", ");
  const missing = found.filter(({ stored }) => stored === "missing");
  if (missing.length > 0) {
    const unbound = missing.every(({ kind }) => kind.endsWith("Binding"));
    return fail(title, `${unbound ? "not bound" : "missing"}: ${names(missing)}`, APPLY_ADMISSION);
  }
  if (found.some(({ stored }) => stored === "hidden")) {
    return warn(title, "they may not be looked at", "Ask for get of validatingadmissionpolicies and their bindings.");
  }
  const soft = found.filter(({ kind, stored }) => kind.endsWith("Binding") && !denies(stored));
  if (soft.length > 0) return fail(title, `bound, and do not deny: ${names(soft)}`, APPLY_ADMISSION);
  const other = found.filter((each) => ruleOf(each.wanted) !== ruleOf(each.stored as Stored));
  if (other.length > 0) return fail(title, `not as this version has them: ${names(other)}`, APPLY_ADMISSION);
  return ok(title, `${found.length / 2} bound`);
}

/** What a policy or a binding asks, with what the API server fills in: a weakened one looks like a wall and is none. */
function ruleOf({ spec = {} }: Stored): string {
  const { matchConstraints, ...rest } = spec as { readonly matchConstraints?: Constraints };
  if (matchConstraints === undefined) return canonicalJson(rest);
  const resourceRules = (matchConstraints.resourceRules ?? []).map((rule) => ({ scope: "*", ...rule }));
  return canonicalJson({ ...rest, matchConstraints: { ...FILLED_IN, ...matchConstraints, resourceRules } });
}

const FILLED_IN = { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} };

interface Constraints {
  readonly resourceRules?: readonly object[];
}

function denies(stored: Looked): boolean {
  if (typeof stored === "string") return false;
  const { validationActions = [] } = (stored["spec"] ?? {}) as { readonly validationActions?: readonly string[] };
  return validationActions.includes("Deny");
}

/** The administrators' ceiling. */
export async function checkPolicy({ reader, signal }: Cluster): Promise<Check> {
  const title = "SrePolicy";
  try {
    const policy = await readPolicy(reader, signal);
    if (policy === undefined) {
      return warn(title, "there is none: nothing is ever changed", "Set a ceiling: sre-agent policy set propose");
    }
    const { mode, rules = [] } = policy.spec;
    if (mode === "off") return warn(title, "mode off: the kill switch is on", "Back on: sre-agent policy set MODE");
    if (rules.length === 0) {
      return warn(
        title,
        `mode ${mode}, and no rule: observe everywhere`,
        "Name namespaces in rules; see deploy/samples.",
      );
    }
    const shut = rules.flatMap(({ windows = [] }, at) => windows.filter(neverOpens).map(() => `rule ${at + 1}`));
    if (shut.length > 0) {
      const change = "Its `to` has to be after its `from`, and its timeZone an IANA name such as Europe/Berlin.";
      return fail(title, `a window that never opens: ${[...new Set(shut)].join(", ")}`, change);
    }
    return ok(title, `mode ${mode}, ${rules.length} rule${rules.length === 1 ? "" : "s"}`);
  } catch (error) {
    if (!isKubeError(error, "FORBIDDEN")) throw error;
    return warn(title, "it may not be read", "Ask for get of srepolicies.");
  }
}

function neverOpens({ from, to, timeZone }: MaintenanceWindow): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone });
    return from >= to;
  } catch {
    return true;
  }
}

/** Whether a person could approve with this credential. */
export async function checkApproving({ connection, namespace, signal }: Cluster): Promise<Check> {
  const question = { verb: "create", group: "sre-agent.dev", resource: "sreapprovals", namespace };
  const title = `approving in ${namespace}`;
  if (await mayI(connection, question, { signal })) return ok(title, "may create sreapprovals");
  return warn(title, "no right to create sreapprovals", "Ask for create of sreapprovals, if you are to approve.");
}

const LEASES: Readonly<Record<string, string>> = {
  [SERVICE_ACCOUNTS.operator]: OPERATOR_LEASE,
  [SERVICE_ACCOUNTS.act]: ACT_LEASE,
};
const LEASE_FRESH_MS = 60_000;

/** The four processes, where they are installed: ready, and led by somebody who renews. */
export async function checkProcesses(cluster: Cluster, now: () => number): Promise<readonly Check[]> {
  const names = Object.values(SERVICE_ACCOUNTS);
  const found = await Promise.all(
    names.map(async (name) => ({ name, stored: await look(cluster, { ...DEPLOYMENT, name }) })),
  );
  if (found.every(({ stored }) => typeof stored === "string")) {
    return [ok("processes", `none in namespace ${SYSTEM_NAMESPACE}; the command line and stdio need none`)];
  }
  return Promise.all(found.map(({ name, stored }) => checkProcess(cluster, { name, stored, now })));
}

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment", namespace: SYSTEM_NAMESPACE };

interface Process {
  readonly name: string;
  readonly stored: Looked;
  readonly now: () => number;
}

async function checkProcess(cluster: Cluster, { name, stored, now }: Process): Promise<Check> {
  const describe = `Look at it: kubectl -n ${SYSTEM_NAMESPACE} describe deployment ${name}`;
  if (stored === "hidden")
    return warn(name, "it may not be looked at", `Ask for get of deployments in ${SYSTEM_NAMESPACE}.`);
  if (stored === "missing") return fail(name, "missing beside the others", "Apply deploy/manifests/workloads again.");
  const { replicas = 1 } = (stored["spec"] ?? {}) as { readonly replicas?: number };
  const { readyReplicas = 0 } = (stored["status"] ?? {}) as { readonly readyReplicas?: number };
  if (replicas === 0)
    return warn(name, "scaled to 0", `Start it: kubectl -n ${SYSTEM_NAMESPACE} scale deployment ${name} --replicas=1`);
  if (readyReplicas < replicas) return fail(name, `${readyReplicas} of ${replicas} ready`, describe);
  const lease = LEASES[name];
  const stale = lease === undefined ? undefined : await staleness(cluster, lease, now());
  if (stale !== undefined) return fail(name, `${readyReplicas} of ${replicas} ready, and ${stale}`, describe);
  const model = name === SERVICE_ACCOUNTS.agent ? await installedModel(cluster, stored) : "";
  return ok(name, `${readyReplicas} of ${replicas} ready${model}`);
}

/** Why nobody leads, in words; undefined when somebody renews. */
async function staleness(cluster: Cluster, name: string, now: number): Promise<string | undefined> {
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: SYSTEM_NAMESPACE, name };
  const stored = await look(cluster, lease);
  if (stored === "hidden") return undefined;
  if (stored === "missing") return `there is no Lease ${name}`;
  const { renewTime = "", holderIdentity = "" } = (stored["spec"] ?? {}) as Readonly<Record<string, string>>;
  if (holderIdentity === "") return `nobody holds Lease ${name}`;
  const age = now - Date.parse(renewTime);
  return age > LEASE_FRESH_MS ? `Lease ${name} was renewed ${Math.round(age / 1000)} s ago` : undefined;
}
