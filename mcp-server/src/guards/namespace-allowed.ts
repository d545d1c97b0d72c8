import { deny } from "@sre-agent/crds";
import { unavailable } from "../facts/facts.ts";
import type { Guard } from "./guard.ts";

/** What a cluster stands on: a mistake here takes down more than the workload. A policy can only add to it. */
const PROTECTED = new Set([
  ...["sre-system", "sre-agent", "sre-agent-system"],
  ...["argocd", "argo-cd", "openshift-gitops", "flux-system", "fleet-system", "cattle-fleet-system"],
  ...["istio-system", "istio-ingress", "linkerd", "linkerd-viz", "consul", "cert-manager"],
  ...["calico-system", "calico-apiserver", "tigera-operator", "cilium", "cilium-secrets", "metallb-system"],
  ...["gatekeeper-system", "kyverno", "kubewarden", "vault", "external-secrets", "sealed-secrets"],
]);
const PROTECTED_PREFIXES = ["kube-", "openshift-"];

/** Protected whatever a policy says. */
export function isProtected(name: string): boolean {
  return PROTECTED.has(name) || PROTECTED_PREFIXES.some((prefix) => name.startsWith(prefix));
}

/** The namespace is neither protected nor on its way out. */
export const namespaceAllowed: Guard = ({ target: { namespace: name } }, facts) => {
  if (isProtected(name)) return refuse(name);
  if (facts.protectedNamespaces.includes(name)) return refuse(name);
  if (!facts.policy.known) return unavailable("SrePolicy", facts.policy);
  if (facts.policy.value?.spec.protectedNamespaces?.includes(name)) return refuse(name);
  if (!facts.namespace.known) return unavailable("the namespace", facts.namespace);
  const { metadata } = facts.namespace.value;
  return metadata.deletionTimestamp ? deny("NAMESPACE_PROTECTED", `Namespace ${name} is being deleted.`) : null;
};

const refuse = (name: string) => deny("NAMESPACE_PROTECTED", `Namespace ${name} is protected.`);
