import { expect, test } from "vitest";
import { known } from "../facts/facts.ts";
import { namespaceAllowed } from "./namespace-allowed.ts";
import { facts, policy, ROLLBACK } from "./test/facts.ts";

const inNamespace = (namespace: string) => ({ ...ROLLBACK, target: { ...ROLLBACK.target, namespace } });

test.each([
  "kube-system",
  "kube-anything",
  "sre-system",
  "sre-agent",
  "argocd",
  "flux-system",
  "istio-system",
  "cert-manager",
  "calico-system",
  "gatekeeper-system",
  "kyverno",
  "openshift-etcd",
])("protects %s whatever the policy says", (namespace) => {
  expect(
    namespaceAllowed(inNamespace(namespace), facts({ policy: known(policy({ protectedNamespaces: [] })) })),
  ).toMatchObject({ code: "NAMESPACE_PROTECTED" });
});

test("lets an ordinary namespace pass", () => {
  expect(namespaceAllowed(ROLLBACK, facts())).toBeNull();
});

test("protects what policy and installation add, and what is being deleted", () => {
  const terminating = {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: {
      name: "shop",
      uid: "u",
      resourceVersion: "1",
      creationTimestamp: "",
      deletionTimestamp: "2026-01-01T00:00:00Z",
    },
  };
  for (const change of [
    { policy: known(policy({ protectedNamespaces: ["shop"] })) },
    { protectedNamespaces: ["shop"] },
    { namespace: known(terminating) },
  ]) {
    expect(namespaceAllowed(ROLLBACK, facts(change))).toMatchObject({ code: "NAMESPACE_PROTECTED" });
  }
});
