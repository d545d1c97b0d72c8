import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { customResourceDefinition, KINDS } from "@sre-agent/crds";
import { admissionPolicies, identities, optIn, rbac, SYSTEM_NAMESPACE } from "@sre-agent/deploy";
import {
  type Connection,
  connect,
  createInstaller,
  createReader,
  type KubeObject,
  type NewObject,
  type Reader,
} from "@sre-agent/kube";
import { established } from "../compose/established.ts";
import { signedCertificate } from "./client-certificate.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { APPROVER, type Playground } from "./playground.ts";
import { allowDemo, DEMO_LABEL } from "./policy.ts";
import { type NodeFacts, usableImage } from "./usable-image.ts";

const NODES_LOOKED_AT = 500;

/** Installs sre-agent's kinds, identities and policies, and a namespace of this run's own. Leaves both behind. */
export async function openRealCluster(
  { admin, kubeconfig }: { readonly admin: Connection; readonly kubeconfig: string },
  signal: AbortSignal,
): Promise<Playground> {
  const installer = createInstaller(admin);
  const reader = createReader(admin);
  const namespace = `sre-demo-${Math.random().toString(36).slice(2, 6)}`;
  const folder = await mkdtemp(join(tmpdir(), "sre-agent-demo-"));
  await install(admin, signal);
  await installer.apply(namespaceObject(namespace));
  for (const object of [optIn(namespace), ...approverRights(namespace)]) await installer.apply(object as NewObject);
  await allowDemo(admin);
  const authority = await clusterAuthority(reader);
  const place = { server: admin.server, namespace, ...(authority === undefined ? {} : { authority }) };
  const tokenOf = (name: string, audience?: string) =>
    installer.token({ namespace: SYSTEM_NAMESPACE, name }, audience === undefined ? {} : { audiences: [audience] });
  const nodes = await reader.list<KubeObject & NodeFacts>(
    { apiVersion: "v1", kind: "Node" },
    { limit: NODES_LOOKED_AT },
  );
  return {
    title: `the cluster at ${admin.server}`,
    admin,
    kubeconfig,
    namespace,
    image: usableImage(nodes.items),
    tokenOf,
    kubeconfigOf: async (account) =>
      writeKubeconfig(folder, account, { ...place, user: { token: await tokenOf(account) } }),
    approver: async () => {
      const user = await signedCertificate({ installer, reader }, APPROVER);
      return connect({ kubeconfig: await writeKubeconfig(folder, APPROVER, { ...place, user }) });
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** Kinds, identities, RBAC and admission policies, as `kubectl apply` of the manifests does. */
async function install(admin: Connection, signal: AbortSignal): Promise<void> {
  const installer = createInstaller(admin);
  for (const kind of KINDS) await installer.apply(customResourceDefinition(kind) as NewObject, { signal });
  for (const object of [...identities(), ...rbac()]) await installer.apply(object as NewObject, { signal });
  await established(createReader(admin), signal);
  for (const object of admissionPolicies()) await installer.apply(object as NewObject, { signal });
}

function namespaceObject(name: string): NewObject {
  return { apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { [DEMO_LABEL]: "true" } } };
}

/** What the approver may do: exactly the write that is to be approved, reading the record, and saying yes or no. */
function approverRights(namespace: string): readonly object[] {
  const name = APPROVER;
  const group = "rbac.authorization.k8s.io";
  const rules = [
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] },
    { apiGroups: ["sre-agent.dev"], resources: ["sreremediations", "sreinvestigations"], verbs: ["get", "list"] },
    { apiGroups: ["sre-agent.dev"], resources: ["sreapprovals"], verbs: ["create", "get", "list"] },
  ];
  const subjects = [{ kind: "User", apiGroup: group, name }];
  const roleRef = { apiGroup: group, kind: "Role", name };
  return [
    { apiVersion: `${group}/v1`, kind: "Role", metadata: { name, namespace }, rules },
    { apiVersion: `${group}/v1`, kind: "RoleBinding", metadata: { name, namespace }, roleRef, subjects },
  ];
}

/** The CA that the cluster hands to its pods, for the kubeconfigs of this run. */
async function clusterAuthority(reader: Reader): Promise<string | undefined> {
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "kube-public", name: "kube-root-ca.crt" };
  const { data } = (await reader.get(ref)) as { readonly data?: Record<string, string> };
  return data?.["ca.crt"];
}
