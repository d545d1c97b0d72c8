import { describe, expect, test } from "vitest";
import type { Fields } from "./builders.ts";
import { app, CRASHING, found, object, revised, said } from "./objects.ts";

const denied = (verb: string, name?: string) =>
  `configmaps ${name === undefined ? "" : `"${name}" `}is forbidden: User "system:serviceaccount:shop:robot" cannot ${verb} resource "configmaps" in API group "" in the namespace "shop"`;
const account = (fields: Fields = {}) => object("ServiceAccount", "robot", fields);
const robot = (spec: Fields = {}) => app("robot", { ...CRASHING, spec: { serviceAccountName: "robot", ...spec } });
const bound = (kind: string, name: string) =>
  object("RoleBinding", "robot", {
    roleRef: { kind, name },
    subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "shop" }],
  });

describe("a rule for certain names", () => {
  const role = object("Role", "reader", {
    rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"], resourceNames: ["settings"] }],
  });
  const given = [account(), ...robot(), role, bound("Role", "reader")];

  test("does not allow a list", () => {
    const [finding] = found(given, [said("robot-0", denied("list"))]);
    expect(finding).toMatchObject({ subject: { kind: "Role", name: "reader" }, fix: { kind: "decision" } });
    expect(finding?.cause).toMatch(
      /^Role\/reader allows list on configmaps by resourceNames settings alone, and list names no object; /,
    );
  });

  test("does not allow another name", () => {
    const [finding] = found(given, [said("robot-0", denied("get", "flags"))]);
    expect(finding?.cause).toMatch(/by resourceNames settings alone, and flags is asked for; /);
  });

  test("silent: the name itself, and a request whose name the words do not tell", () => {
    const healthy = [
      account(),
      ...app("robot", { spec: { serviceAccountName: "robot" } }),
      role,
      bound("Role", "reader"),
    ];
    expect(found(healthy, [said("robot-0", denied("get", "settings"))])).toEqual([]);
    expect(found(healthy, [said("robot-0", denied("get"))])).toEqual([]);
  });
});

describe("a role that gathers others by label", () => {
  const gathering = (rules: readonly Fields[] = []) =>
    object("ClusterRole", "observer", {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "example.com/to-observer": "true" } }] },
      rules,
    });
  const reading = { apiGroups: [""], resources: ["configmaps"], verbs: ["list"] };
  const part = (label: string) =>
    object("ClusterRole", "observer-maps", { metadata: { labels: { [label]: "true" } }, rules: [reading] });
  const given = [account(), ...robot(), bound("ClusterRole", "observer")];

  test("misses the one with nearly its label", () => {
    const [finding] = found([...given, gathering(), part("example.com/to-observe")], [said("robot-0", denied("list"))]);
    expect(finding?.subject).toMatchObject({ kind: "ClusterRole", name: "observer-maps" });
    expect(finding?.cause).toMatch(
      /^ClusterRole\/observer gathers the rules of ClusterRoles labelled example.com\/to-observer=true, and ClusterRole\/observer-maps, which allows it, is labelled example.com\/to-observe=true; /,
    );
  });

  test("a label of somebody else is not blamed, however alike it looks", () => {
    const [finding] = found([...given, gathering(), part("example.org/to-observe")], [said("robot-0", denied("list"))]);
    expect(finding?.cause).not.toContain("gathers");
  });

  test("without such a role it is said what the account has", () => {
    const [finding] = found([...given, gathering(), part("team")], [said("robot-0", denied("list"))]);
    expect(finding?.cause).toMatch(/^no role allows ServiceAccount shop\/robot to list configmaps in namespace shop/);
    expect(finding?.evidence[0]).toMatchObject({ object: { name: "observer" }, path: "rules", value: "(none)" });
  });

  test("silent: gathered since", () => {
    const healthy = app("robot", { spec: { serviceAccountName: "robot" } });
    const objects = [account(), ...healthy, bound("ClusterRole", "observer"), gathering([reading])];
    expect(found(objects, [said("robot-0", denied("list"))])).toEqual([]);
  });
});

describe("a program without its token", () => {
  const line = "cat: can't open '/var/run/secrets/kubernetes.io/serviceaccount/token': No such file or directory";
  const fatal = said("robot-0", `${line}\nfatal: no credentials`);

  test("the ServiceAccount says that none is mounted", () => {
    const [finding, ...others] = found([account({ automountServiceAccountToken: false }), ...robot()], [fatal]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "automount",
      severity: "critical",
      subject: { kind: "Deployment", name: "robot" },
      cause:
        "container main of Deployment/robot reads the token of its ServiceAccount, and no token is mounted: automountServiceAccountToken of ServiceAccount/robot is false",
      evidence: [{ object: { kind: "ServiceAccount" }, value: "false" }, { value: line }],
      fix: { kind: "decision" },
    });
  });

  test("the pod template says so, whatever the ServiceAccount says", () => {
    const given = [account({ automountServiceAccountToken: true }), ...robot({ automountServiceAccountToken: false })];
    const go = said(
      "robot-0",
      "panic: open /var/run/secrets/kubernetes.io/serviceaccount/token: no such file or directory",
    );
    expect(found(given, [go])[0]?.cause).toMatch(
      /: spec.template.spec.automountServiceAccountToken of Deployment\/robot is false$/,
    );
  });

  test.each([
    [
      "the pod overrides its ServiceAccount",
      account({ automountServiceAccountToken: false }),
      { automountServiceAccountToken: true },
    ],
    ["nothing forbids it", account(), {}],
  ])("silent: %s", (_, given, spec) => {
    expect(found([given, ...robot(spec)], [fatal]).map(({ analyzer }) => analyzer)).not.toContain("automount");
  });

  test("silent: no token, and nobody looks for it", () => {
    const given = [
      account({ automountServiceAccountToken: false }),
      ...app("robot", { spec: { serviceAccountName: "robot" } }),
    ];
    expect(found(given, [said("robot-0", "ready")])).toEqual([]);
  });
});

describe("a part of a resource", () => {
  const role = (resources: readonly string[]) =>
    object("Role", "tail", { rules: [{ apiGroups: [""], resources, verbs: ["get", "list"] }] });
  const refused = (resource: string) =>
    `pods "web-0" is forbidden: User "system:serviceaccount:shop:robot" cannot get resource "${resource}" in API group "" in the namespace "shop"`;
  const given = (resources: readonly string[]) => [account(), ...robot(), role(resources), bound("Role", "tail")];

  test("is added, and what the role allows already stays", () => {
    const [finding] = found(given(["pods"]), [said("robot-0", refused("pods/log"))]);
    expect(finding?.subject).toMatchObject({ kind: "Role", name: "tail" });
    expect(finding?.fix).toMatchObject({
      kind: "patch",
      patch: [
        {
          path: "/rules",
          to: JSON.stringify([
            { apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] },
            { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
          ]),
        },
      ],
      summary: "add a rule for get on pods/log to Role/tail, and nothing else",
    });
  });

  test("a sensitive part is a person's decision", () => {
    const [finding] = found(given(["pods"]), [said("robot-0", refused("pods/exec"))]);
    expect(finding?.fix).toMatchObject({ kind: "decision" });
  });

  test("silent where the role names it", () => {
    const well = [account(), ...app("robot", { spec: { serviceAccountName: "robot" } }), role(["pods", "pods/log"])];
    expect(found([...well, bound("Role", "tail")], [said("robot-0", refused("pods/log"))])).toEqual([]);
  });
});

describe("a subject of another kind", () => {
  const role = object("Role", "reader", { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }] });
  const binding = (subject: Fields) =>
    object("RoleBinding", "robot", { roleRef: { kind: "Role", name: "reader" }, subjects: [subject] });

  test("with the name of the ServiceAccount is none", () => {
    const given = [account(), ...robot(), role, binding({ kind: "User", name: "robot" })];
    const [finding] = found(given, [said("robot-0", denied("list"))]);
    expect(finding).toMatchObject({
      subject: { kind: "RoleBinding", name: "robot" },
      cause: expect.stringMatching(
        /^RoleBinding\/robot names the User robot, which is not ServiceAccount shop\/robot; /,
      ),
      fix: { kind: "decision" },
    });
  });

  test("another user is not blamed, and the full name of the account is one", () => {
    const other = [account(), ...robot(), role, binding({ kind: "User", name: "alice" })];
    expect(found(other, [said("robot-0", denied("list"))])[0]?.cause).not.toContain("names the User");
    const full = binding({ kind: "User", name: "system:serviceaccount:shop:robot" });
    const well = [account(), ...app("robot", { spec: { serviceAccountName: "robot" } }), role, full];
    expect(found(well, [said("robot-0", denied("list"))])).toEqual([]);
  });
});

describe("a binding that refers to a role of the other kind", () => {
  const rules = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }];

  test.each([
    ["ClusterRole", "Role"],
    ["Role", "ClusterRole"],
  ])("%s, and there is a %s of that name", (asked, there) => {
    const given = [account(), ...robot(), object(there, "reader", { rules }), bound(asked, "reader")];
    const [finding] = found(given, [said("robot-0", denied("get", "flags"))]);
    expect(finding?.cause).toContain(
      `RoleBinding/robot refers to ${asked}/reader, which does not exist; ${there}/reader does (roleRef.kind ${asked})`,
    );
    expect(finding?.evidence[0]).toMatchObject({ path: "roleRef.kind", value: asked });
    expect(finding?.fix?.summary).toMatch(new RegExp(`anew with roleRef.kind ${there}`));
  });

  test("none is offered where there is none", () => {
    const [finding] = found([account(), ...robot(), bound("ClusterRole", "reader")], [said("robot-0", denied("get"))]);
    expect(finding?.cause).toContain("refers to ClusterRole/reader, which does not exist; Deployment/robot");
  });
});

describe("a creation that is refused, and what was not created", () => {
  const refusal = (resource: string) =>
    `error: ${resource} is forbidden: User "system:serviceaccount:shop:default" cannot create resource "${resource}" in API group "" in the namespace "shop"`;
  const failed = (name: string, container = {}) =>
    revised(app(name, { kind: "Job", ...CRASHING, container, spec: { restartPolicy: "Never" } }), "Job", {
      status: { conditions: [{ type: "Failed", status: "True" }] },
    });
  const waits = app("guard", {
    ready: false,
    status: { state: { waiting: { reason: "ContainerCreating" } } },
    spec: { volumes: [{ name: "certs", secret: { secretName: "guard-certs" } }] },
  });

  test("are one cause", () => {
    const findings = found([...failed("guard-certgen"), ...waits], [said("guard-certgen-0", refusal("secrets"))]);
    const finding = findings.find(({ analyzer }) => analyzer === "forbidden");
    expect(finding?.cause).toMatch(
      /is refused to create secrets in namespace shop, so that Secret\/guard-certs, for which Deployment\/guard waits, was not made$/,
    );
    expect(finding?.fix?.summary).toMatch(/grant that alone; then run Job\/guard-certgen again$/);
    expect(findings.filter(({ subject }) => subject.name === "guard")).toEqual([]);
  });

  test.each([
    ["another kind", "guard-certgen", "configmaps"],
    ["another name", "backup", "secrets"],
  ])("are two where the refused one makes %s", (_, name, resource) => {
    const findings = found([...failed(name), ...waits], [said(`${name}-0`, refusal(resource))]);
    expect(findings.map(({ cause }) => cause).join()).not.toContain("was not made");
  });

  test.each([
    ["it names the object", "make guard-certs", true],
    ["another name has the object's in it", "make vanguard-certs-old", false],
  ])("are told apart by its commands: %s", (_, command, isCause) => {
    const job = failed("backup", { command: ["sh", "-c", command] });
    const causes = found([...job, ...waits], [said("backup-0", refusal("secrets"))]).map(({ cause }) => cause);
    expect(causes.join().includes("was not made")).toBe(isCause);
  });
});
