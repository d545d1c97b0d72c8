import { describe, expect, it } from "vitest";
import { rbac } from "../src/rbac.ts";

interface Role {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly rules?: readonly {
    readonly apiGroups: readonly string[];
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
}

const rules = (rbac() as readonly Role[]).flatMap(({ metadata, rules: granted = [] }) =>
  granted.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
    resources.map((resource) => ({ role: metadata.name, group: apiGroups.join(), resource, verbs, resourceNames })),
  ),
);

const WRITES = ["create", "update", "patch", "delete", "deletecollection"];
const writes = rules.filter(({ verbs }) => verbs.some((verb) => WRITES.includes(verb)));

describe("the roles", () => {
  it("hold no wildcard", () => {
    expect(rules.filter(({ group, resource, verbs }) => [group, resource, ...verbs].includes("*"))).toEqual([]);
  });

  it("never reach secrets, exec, proxies, token minting, impersonation or RBAC writes", () => {
    const forbidden = /^(secrets|pods\/(exec|attach|portforward|proxy)|.*\/proxy|serviceaccounts\/token)$/;
    expect(rules.filter(({ resource }) => forbidden.test(resource))).toEqual([]);
    expect(
      rules.filter(({ verbs }) => verbs.some((verb) => ["impersonate", "escalate", "bind"].includes(verb))),
    ).toEqual([]);
    expect(writes.filter(({ group }) => group === "rbac.authorization.k8s.io")).toEqual([]);
  });

  it("let the reader write nothing but reviews", () => {
    const written = writes.filter(({ role }) => role === "sre-mcp-read").map(({ resource }) => resource);
    expect(written).toEqual(["tokenreviews", "subjectaccessreviews"]);
  });

  it("let the act identity read no logs", () => {
    expect(rules.filter(({ role, resource }) => role.startsWith("sre-mcp-act") && resource === "pods/log")).toEqual([]);
  });

  it("let nobody of ours write approvals or a policy", () => {
    expect(writes.filter(({ resource }) => ["sreapprovals", "srepolicies"].includes(resource))).toEqual([]);
  });

  it("let nobody take another's Lease", () => {
    const taken = rules.filter(({ resource, verbs }) => resource === "leases" && verbs.join() !== "create");
    expect(taken.map(({ role, resourceNames }) => [role, resourceNames])).toEqual([
      ["sre-operator-lease", ["sre-agent-operator"]],
      ["sre-mcp-act-lease", ["sre-agent-act"]],
    ]);
  });

  it("let only the act identity write the ledger", () => {
    const roles = writes.filter(({ resource }) => resource.startsWith("sreremediations")).map(({ role }) => role);
    expect([...new Set(roles)]).toEqual(["sre-mcp-act"]);
  });

  it("derive the writes on workloads from the action registry", () => {
    const granted = rules.filter(({ role }) => role === "sre-mcp-act-write");
    expect(granted.map(({ group, resource, verbs }) => `${verbs.join()} ${group}/${resource}`)).toEqual([
      "patch apps/deployments",
      "patch apps/statefulsets",
      "patch apps/daemonsets",
      "create /pods/eviction",
    ]);
  });

  it("give the agent none", () => {
    expect(rules.filter(({ role }) => role === "sre-agent")).toEqual([]);
  });
});
