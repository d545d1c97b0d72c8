import { createInstaller, type KubeObject } from "@sre-agent/kube";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { AGENT, type Calls, codeOf, startCalls, textOf } from "./calls.ts";

let calls: Calls;
const RBAC = "rbac.authorization.k8s.io";
const subject = { kind: "ServiceAccount", name: "robot", namespace: "shop" };

beforeAll(async () => {
  calls = await startCalls();
  calls.sandbox.apply(
    { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "Role",
      metadata: { name: "pod-reader", namespace: "shop" },
      rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata: { name: "robots-read", namespace: "shop" },
      roleRef: { apiGroup: RBAC, kind: "Role", name: "pod-reader" },
      subjects: [subject],
    },
    {
      apiVersion: `${RBAC}/v1`,
      kind: "RoleBinding",
      metadata: { name: "robots-gone", namespace: "shop" },
      roleRef: { apiGroup: RBAC, kind: "Role", name: "gone" },
      subjects: [subject],
    },
  );
  calls.sandbox.setRule("system:serviceaccount:shop:robot", ({ verb, resource, subresource, namespace }) => {
    return subresource === "" && namespace === "shop" && resource === "pods" && ["get", "list"].includes(verb);
  });
});
afterAll(() => calls.stop());

describe("access_check", () => {
  it("says by which binding a ServiceAccount may", async () => {
    const text = textOf(await calls.call("access_check", { verb: "list", resource: "po", serviceAccount: "robot" }));
    expect(text).toContain("Yes: system:serviceaccount:shop:robot may list pods in shop.");
    expect(text).toContain("Granted by RoleBinding/robots-read → Role/pod-reader.");
  });

  it("says what is granted instead, and which role does not exist", async () => {
    const text = textOf(
      await calls.call("access_check", { verb: "delete", resource: "pods", serviceAccount: "robot" }),
    );
    expect(text).toContain("No: system:serviceaccount:shop:robot may not delete pods in shop.");
    expect(text).toContain("RoleBinding/robots-read → Role/pod-reader grants get, list on pods");
    expect(text).toContain("the role of RoleBinding/robots-gone → Role/gone does not exist");
    const nobody = await calls.call("access_check", { verb: "get", resource: "pods/log", serviceAccount: "robot" });
    expect(textOf(nobody)).toContain("may not get pods/log in shop. None of its 2 bindings grants it");
  });

  it("is about the caller, and about a run's requester, when it names nobody", async () => {
    calls.sandbox.setRule("ann", ({ namespace }) => namespace === "shop");
    const own = await calls.call("access_check", { verb: "get", resource: "nodes" }, { as: "ann" });
    expect(textOf(own)).toContain("No: ann may not get nodes cluster-wide.");
    const runOf = async (name: string, requester?: object) => {
      const { metadata }: KubeObject = await createInstaller(calls.connection).apply({
        apiVersion: "sre-agent.dev/v1alpha1",
        kind: "SreInvestigation",
        metadata: { name, namespace: "shop" },
        spec: { target: { kind: "Deployment", name: "web" }, symptom: "it fails", ...requester },
      });
      return { namespace: "shop", name, uid: metadata.uid };
    };
    const requested = await runOf("requested", { requester: { user: "ann" } });
    const asked = { verb: "get", resource: "pods" };
    expect(textOf(await calls.call("access_check", asked, { as: AGENT, run: requested }))).toContain("Yes: ann may");
    const alone = await calls.call("access_check", asked, { as: AGENT, run: await runOf("alone") });
    expect([codeOf(alone), textOf(alone)]).toEqual(["SCHEMA_INVALID", expect.stringContaining("serviceAccount")]);
    const elsewhere = { ...asked, serviceAccount: "default", namespace: "kube-system" };
    const other = await calls.call("access_check", elsewhere, { as: AGENT, run: await runOf("elsewhere") });
    expect(codeOf(other)).toBe("READ_FORBIDDEN");
  });
});
