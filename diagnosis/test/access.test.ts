import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { type Fields, log } from "./builders.ts";
import { app, CRASHING, editedBy, found, object, said } from "./objects.ts";

const denied = (verb = "list", resource = "pods", group = "") =>
  `${resource} is forbidden: User "system:serviceaccount:shop:robot" cannot ${verb} resource "${resource}" in API group "${group}" in the namespace "shop"`;
const robot = [
  object("ServiceAccount", "robot"),
  ...app("robot", { ...CRASHING, spec: { serviceAccountName: "robot" } }),
];
const role = (verbs: readonly string[], fields: Fields = {}) =>
  object("Role", "reader", { rules: [{ apiGroups: [""], resources: ["pods"], verbs, ...fields }] });
const binding = (subject: Fields = {}, roleName = "reader") =>
  object("RoleBinding", "reader", {
    roleRef: { kind: "Role", name: roleName },
    subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "shop", ...subject }],
  });

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly line?: string;
  readonly cause: string;
  readonly subject: string;
  readonly fix: object;
}

const patch = (path: string, from: unknown, to: unknown) => ({
  kind: "patch",
  patch: [{ path, from: JSON.stringify(from), to: JSON.stringify(to) }],
});
const WHO = "Deployment/robot (ServiceAccount robot) is refused to list pods in namespace shop";

const CASES: readonly Case[] = [
  {
    name: "a Role without the verb",
    given: [...robot, role(["get", "watch"]), binding()],
    subject: "Role",
    cause: `Role/reader allows get, watch on pods, not list; ${WHO}`,
    fix: patch("/rules/0/verbs", ["get", "watch"], ["get", "watch", "list"]),
  },
  {
    name: "a Role with another resource",
    given: [...robot, role(["list"], { resources: ["pod"] }), binding()],
    subject: "Role",
    cause: `Role/reader allows list with resources "pod" where "pods" is asked for; ${WHO}`,
    fix: patch("/rules/0/resources", ["pod"], ["pods"]),
  },
  {
    name: "a Role with another API group",
    given: [...robot, role(["list"], { apiGroups: ["apps"] }), binding()],
    subject: "Role",
    cause: `Role/reader allows list with apiGroups "apps" where "" is asked for; ${WHO}`,
    fix: patch("/rules/0/apiGroups", ["apps"], [""]),
  },
  ...[{ resources: ["pods", "deployments"] }, { apiGroups: ["apps", "batch"] }].map((rule) => {
    const wrong = { apiGroups: ["apps"], resources: ["pods"], verbs: ["list"], ...rule };
    return {
      name: `a Role with another API group, whose rule allows more: ${Object.values(rule).join()}`,
      given: [...robot, role([], wrong), binding()],
      subject: "Role",
      cause: `Role/reader allows list with apiGroups "${wrong.apiGroups.join(", ")}" where "" is asked for; ${WHO}`,
      fix: patch("/rules", [wrong], [wrong, { apiGroups: [""], resources: ["pods"], verbs: ["list"] }]),
    };
  }),
  {
    name: "a binding to another namespace",
    given: [...robot, role(["list"]), binding({ namespace: "default" })],
    subject: "RoleBinding",
    cause: `RoleBinding/reader names ServiceAccount default/robot, not shop/robot; ${WHO}`,
    fix: { kind: "decision" },
  },
  {
    name: "a binding to a namespace that does not exist",
    given: [...robot, object("Namespace", "shop"), role(["list"]), binding({ namespace: "shpo" })],
    subject: "RoleBinding",
    cause: `RoleBinding/reader names ServiceAccount shpo/robot, not shop/robot; ${WHO}`,
    fix: patch("/subjects/0/namespace", "shpo", "shop"),
  },
  {
    name: "a binding to another name",
    given: [...robot, role(["list"]), binding({ name: "robbot" })],
    subject: "RoleBinding",
    cause: `RoleBinding/reader names ServiceAccount shop/robbot, not shop/robot; ${WHO}`,
    fix: patch("/subjects/0/name", "robbot", "robot"),
  },
  {
    name: "a binding to a Role that is gone",
    given: [...robot, role(["list"]), binding({}, "readers")],
    subject: "RoleBinding",
    cause: `RoleBinding/reader refers to Role/readers, which does not exist; the nearest is Role/reader; ${WHO}`,
    fix: { kind: "decision" },
  },
  {
    name: "no grant at all",
    given: robot,
    subject: "Deployment",
    cause: `no role allows ServiceAccount shop/robot to list pods in namespace shop: no binding here names it; ${WHO}`,
    fix: { kind: "decision" },
  },
  {
    name: "a sensitive right is for a person to decide",
    given: [...robot, role(["get"], { resources: ["secrets"] }), binding()],
    line: denied("list", "secrets"),
    subject: "Role",
    cause:
      "Role/reader allows get on secrets, not list; Deployment/robot (ServiceAccount robot) is refused to list secrets in namespace shop",
    fix: { kind: "decision" },
  },
];

describe("refused requests", () => {
  test.each(CASES)("$name", ({ given, line = denied(), cause, subject, fix }) => {
    const findings = found(given, [said("robot-0", `starting\nerror: ${line}\n`)]).filter(
      ({ severity }) => severity !== "warning",
    );
    expect(findings.map((finding) => finding.cause)).toEqual([cause]);
    expect(findings[0]).toMatchObject({ subject: { kind: subject }, fix });
    expect(() => findingSchema.parse(findings[0])).not.toThrow();
  });

  test("a workload that runs as default where another ServiceAccount may", () => {
    const given = [...app("robot", CRASHING), object("ServiceAccount", "robot"), role(["list"]), binding()];
    const [finding] = found(given, [said("robot-0", denied().replace(':robot"', ':default"'))]);
    expect(finding?.cause).toContain("Deployment/robot runs as ServiceAccount default; the one that may is robot");
    expect(finding?.fix).toMatchObject({
      kind: "patch",
      patch: [{ path: "/spec/template/spec/serviceAccountName", to: '"robot"' }],
    });
  });

  test("quotes of a program that logs JSON are read, and who changed the Role is said", () => {
    const changed = { ...role(["get"]), metadata: { ...role([]).metadata, ...editedBy("kubectl-edit", "rules") } };
    const line = JSON.stringify({ level: "error", msg: denied() });
    expect(found([...robot, changed, binding()], [said("robot-0", line)])[0]).toMatchObject({
      subject: { kind: "Role" },
      change: { by: "kubectl-edit" },
    });
  });

  test("a binding one letter off is advice without a refusal", () => {
    const given = [object("ServiceAccount", "robot"), role(["list"]), binding({ name: "robott" })];
    expect(found(given)).toMatchObject([{ severity: "warning", subject: { kind: "RoleBinding" } }]);
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["granted since", [...app("robot"), object("ServiceAccount", "robot"), role(["list"]), binding()]],
    [
      "by a wildcard",
      [
        ...app("robot"),
        object("ServiceAccount", "robot"),
        role(["*"], { resources: ["*"], apiGroups: ["*"] }),
        binding(),
      ],
    ],
    ["a binding for a user", [role(["list"]), binding({ kind: "User", name: "eve" })]],
  ])("silent: %s", (_, given) => {
    expect(found(given, [said("robot-0", denied()), log("other", "x")])).toEqual([]);
  });
});
