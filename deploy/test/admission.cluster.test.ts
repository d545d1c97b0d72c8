import { API_VERSION, customResourceDefinition, KINDS } from "@sre-agent/crds";
import {
  type Connection,
  connect,
  createInstaller,
  createPreviewer,
  createReader,
  createRecordWriter,
  createWriter,
  type JsonPatch,
  type NewObject,
} from "@sre-agent/kube";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { admissionPolicies, identities, optIn, rbac, SERVICE_ACCOUNTS, SYSTEM_NAMESPACE } from "../src/index.ts";

const NAMESPACE = `deploy-test-${process.pid}`;
const DIGEST = `sha256:${"a".repeat(64)}`;
const ACCOUNT = `system:serviceaccount:${NAMESPACE}:default`;
const OPTED_OUT = `${NAMESPACE}-out`;
const WEB = { apiVersion: "apps/v1", kind: "Deployment", namespace: NAMESPACE, name: "web" };
const DB = { ...WEB, kind: "StatefulSet", name: "db" };
const LOGS = { ...WEB, kind: "DaemonSet", name: "logs" };
const WRITE = { verb: "patch", group: "apps", resource: "deployments", name: "web" };

let admin: Connection;
let act: Connection;
const opened: Connection[] = [];

async function open(options: Parameters<typeof connect>[0]): Promise<Connection> {
  const connection = await connect({ kubeconfig: process.env["KUBECONFIG"] ?? "", ...options });
  opened.push(connection);
  return connection;
}

/** A connection with a real token of one of our ServiceAccounts: what a pod of ours would have. */
async function asAccount(name: string, namespace = SYSTEM_NAMESPACE): Promise<Connection> {
  const token = await createInstaller(admin).token({ namespace, name });
  const ca = { apiVersion: "v1", kind: "ConfigMap", namespace: "kube-public", name: "kube-root-ca.crt" };
  const { data } = (await createReader(admin).get(ca)) as unknown as { data: Record<string, string> };
  const authority = data["ca.crt"];
  return open({ server: admin.server, token, ...(authority === undefined ? {} : { caData: authority }) });
}

const asPerson = (user: string) => open({ impersonate: { user, groups: ["system:authenticated"] } });

function deployment(namespace: string): NewObject {
  const labels = { app: "web" };
  const container = { name: "web", image: "localhost/toolbox:1", imagePullPolicy: "Never", command: ["sleep", "9"] };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace, labels },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [container] } },
    },
  };
}

/** The same pods under the other controllers; no node is chosen, so that none runs. */
function otherWorkloads(): readonly NewObject[] {
  const { spec } = deployment(NAMESPACE) as unknown as {
    readonly spec: { readonly template: { readonly spec: object } };
  };
  const { replicas: _replicas, ...rest } = spec as typeof spec & { readonly replicas: number };
  const template = {
    ...spec.template,
    spec: { ...spec.template.spec, nodeSelector: { "sre-agent.dev/none": "true" } },
  };
  return [
    {
      apiVersion: "apps/v1",
      kind: "StatefulSet",
      metadata: { name: "db", namespace: NAMESPACE },
      spec: { ...rest, template, replicas: 1, serviceName: "none" },
    },
    {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "logs", namespace: NAMESPACE },
      spec: { ...rest, template },
    },
  ];
}

const mark = (name: string): JsonPatch => [
  { op: "add", path: "/metadata/annotations", value: { "sre-agent.dev/action": name } },
];

/** As `kubectl rollout restart` does. */
const restarted = (at: string): JsonPatch => [
  { op: "add", path: "/spec/template/metadata/annotations", value: { "kubectl.kubernetes.io/restartedAt": at } },
];

const namespaceOf = (name: string): NewObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } });

/** Rights of a person in the test's namespace. */
function rights(user: string, rules: readonly object[]): readonly NewObject[] {
  const group = "rbac.authorization.k8s.io";
  const metadata = { name: user, namespace: NAMESPACE };
  return [
    { apiVersion: `${group}/v1`, kind: "Role", metadata, rules },
    {
      apiVersion: `${group}/v1`,
      kind: "RoleBinding",
      metadata,
      roleRef: { apiGroup: group, kind: "Role", name: user },
      subjects: [{ kind: "User", apiGroup: group, name: user }],
    },
  ];
}

const sre = (...resources: readonly string[]) => ({ apiGroups: ["sre-agent.dev"], resources, verbs: ["*"] });
const DEPLOYMENTS = { apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"] };

const approval = (approver: string, decision = "Approve"): NewObject => ({
  apiVersion: API_VERSION,
  kind: "SreApproval",
  metadata: { generateName: "a-", namespace: NAMESPACE },
  spec: { remediationRef: { name: "act-1" }, digest: DIGEST, decision, approver, write: WRITE },
});

const uid = "00000000-0000-0000-0000-000000000000";
const record = (name: string): NewObject => ({
  apiVersion: API_VERSION,
  kind: "SreRemediation",
  metadata: { name, namespace: NAMESPACE },
  spec: {
    action: {
      type: "Rollback",
      target: { apiVersion: "apps/v1", kind: "Deployment", namespace: NAMESPACE, name: "web", uid },
      parameters: { toRevision: 1 },
    },
    actionKey: DIGEST,
    approvalDigest: DIGEST,
    premise: {},
    summary: "roll back",
    diff: "",
    write: WRITE,
    authority: { actionRef: { name: "a", uid, generation: 1 }, policyRef: { uid, generation: 1 }, mode: "approve" },
    dryRun: { clean: true },
    expiresAt: "2030-01-01T00:00:00Z",
    proposer: { user: "x" },
    correlationId: "c",
  },
});

const TRIGGER = { name: "web-down", uid, episode: 1 };
const run = (spec: object = {}): NewObject => ({
  apiVersion: API_VERSION,
  kind: "SreInvestigation",
  metadata: { generateName: "run-", namespace: NAMESPACE },
  spec: { target: { kind: "Deployment", name: "web" }, symptom: "down", ...spec },
});

const action = (mode: string, type = "Restart", kind = "Deployment"): NewObject => ({
  apiVersion: API_VERSION,
  kind: "SreAction",
  metadata: { generateName: "a-", namespace: NAMESPACE },
  spec: { type, mode, targets: [{ kind, names: ["web"] }] },
});

const chunk = (of: string): NewObject => ({
  apiVersion: API_VERSION,
  kind: "SreTranscript",
  metadata: { generateName: "chunk-", namespace: NAMESPACE },
  spec: { investigationRef: { name: of, uid }, index: 0, firstSeq: 0, lastSeq: 0, entries: "{}\n", hash: DIGEST },
});

beforeAll(async () => {
  admin = await open({});
  const installer = createInstaller(admin);
  const installed = [...KINDS.map(customResourceDefinition), ...identities(), ...rbac(), ...admissionPolicies()];
  for (const object of installed) await installer.apply(object as NewObject);
  for (const name of [NAMESPACE, OPTED_OUT]) await installer.apply(namespaceOf(name));
  await installer.apply(optIn(NAMESPACE) as NewObject);
  for (const namespace of [NAMESPACE, OPTED_OUT]) await installer.apply(deployment(namespace));
  for (const object of otherWorkloads()) await installer.apply(object);
  const approvals = sre("sreapprovals");
  for (const object of [
    ...rights("may-patch", [sre("sreapprovals", "sreactions"), DEPLOYMENTS]),
    ...rights("may-not-patch", [approvals]),
    ...rights(ACCOUNT, [approvals, DEPLOYMENTS]),
    ...rights("tenant", [sre("*")]),
  ])
    await installer.apply(object);
  act = await asAccount(SERVICE_ACCOUNTS.act);
  await enforced();
});

/** A policy that was just created is enforced some seconds later; until then what it forbids goes through. */
async function enforced(): Promise<void> {
  const forbidden = (work: () => Promise<unknown>, message: RegExp) =>
    vi.waitFor(() => expect(work()).rejects.toThrow(message), { timeout: 30_000, interval: 300 });
  const tenant = createRecordWriter(await asPerson("tenant"), { group: "sre-agent.dev" });
  const person = createRecordWriter(await asPerson("may-patch"), { group: "sre-agent.dev" });
  const unmarked: JsonPatch = [{ op: "replace", path: "/spec/replicas", value: 2 }];
  const toZero: JsonPatch = [{ op: "replace", path: "/spec/replicas", value: 0 }];
  await forbidden(() => createPreviewer(act).patch(WEB, toZero), /never scales to zero/);
  for (const ref of [WEB, DB, LOGS]) {
    const change = ref === LOGS ? restarted("2026-01-01T00:00:00Z") : unmarked;
    await forbidden(() => createPreviewer(act).patch(ref, change), /the name of its remediation/);
  }
  await forbidden(() => person.create(approval("someone-else")), /must be the user/);
  await forbidden(
    () => tenant.create({ ...record("unused"), metadata: { generateName: "early-", namespace: NAMESPACE } }),
    /written by the act server/,
  );
  await forbidden(() => tenant.create(chunk("none")), /written by the operator/);
  await forbidden(() => tenant.create(action("auto")), /cannot allow it in mode auto/);
  await forbidden(() => tenant.create(run({ triggerRef: TRIGGER })), /the operator's to set/);
}

afterAll(async () => {
  for (const name of [NAMESPACE, OPTED_OUT]) {
    await createInstaller(admin).delete({ apiVersion: "v1", kind: "Namespace", name });
  }
  for (const connection of opened) await connection.close();
});

describe("the act identity, with every guard of ours bypassed", () => {
  const container = "/spec/template/spec/containers/0";
  const pod = "/spec/template/spec";
  it.each<[string, JsonPatch, RegExp]>([
    ["scaling to zero", [{ op: "replace", path: "/spec/replicas", value: 0 }], /never scales to zero/],
    ["pausing", [{ op: "add", path: "/spec/paused", value: true }], /nothing else of its spec/],
    ["labels", [{ op: "add", path: "/metadata/labels/team", value: "x" }], /no labels/],
    ["a foreign annotation", [{ op: "add", path: "/metadata/annotations", value: { "a/b": "c" } }], /only annotations/],
    ["another service account", [{ op: "add", path: `${pod}/serviceAccountName`, value: "other" }], /service account/],
    ["the host network", [{ op: "add", path: `${pod}/hostNetwork`, value: true }], /host namespaces/],
    ["privilege", [{ op: "add", path: `${container}/securityContext`, value: { privileged: true } }], /privileged/],
    [
      "a capability",
      [{ op: "add", path: `${container}/securityContext`, value: { capabilities: { add: ["SYS_ADMIN"] } } }],
      /capability/,
    ],
    [
      "a hostPath",
      [{ op: "add", path: `${pod}/volumes`, value: [{ name: "h", hostPath: { path: "/" } }] }],
      /hostPath/,
    ],
    ["an image from elsewhere", [{ op: "replace", path: `${container}/image`, value: "evil.example/x:1" }], /images/],
  ])("cannot bring about %s", async (_, patch, message) => {
    await expect(createWriter(act).patch(WEB, patch)).rejects.toThrow(message);
  });

  it("can return a template to what it was, and leave its mark", async () => {
    const patched = await createWriter(act).patch(WEB, [
      { op: "add", path: `${container}/env`, value: [{ name: "A", value: "1" }] },
      { op: "replace", path: `${container}/image`, value: "localhost/toolbox:0" },
      { op: "add", path: "/metadata/annotations/sre-agent.dev~1action", value: "act-1" },
    ]);
    expect(patched.metadata.annotations?.["sre-agent.dev/action"]).toBe("act-1");
  });

  it.each([
    [
      "the count of a StatefulSet to zero",
      DB,
      [{ op: "replace", path: "/spec/replicas", value: 0 }],
      /never scales to zero/,
    ],
    [
      "when a StatefulSet replaces pods",
      DB,
      [{ op: "replace", path: "/spec/updateStrategy", value: { type: "OnDelete" } }],
      /nothing else of its spec/,
    ],
    [
      "when a DaemonSet replaces pods",
      LOGS,
      [{ op: "replace", path: "/spec/updateStrategy", value: { type: "OnDelete" } }],
      /nothing else of its spec/,
    ],
    [
      "count and template at once",
      DB,
      [{ op: "replace", path: "/spec/replicas", value: 2 }, ...restarted("now")],
      /never both at once/,
    ],
    ["anything without its mark", LOGS, restarted("now"), /the name of its remediation/],
    [
      "a foreign annotation beside its mark",
      DB,
      [{ op: "add", path: "/metadata/annotations", value: { "sre-agent.dev/action": "act-1", "a/b": "c" } }],
      /only annotations/,
    ],
  ] as const satisfies readonly (readonly [string, object, JsonPatch, RegExp])[])(
    "cannot change %s",
    async (_, ref, patch, message) => {
      await expect(createWriter(act).patch(ref, patch)).rejects.toThrow(message);
    },
  );

  it("can restart all three kinds and scale the two that have a count, each under its own mark", async () => {
    for (const ref of [DB, LOGS]) {
      await createWriter(act).patch(ref, [...restarted("2026-01-01T00:00:00Z"), ...mark("act-restart")]);
    }
    const up: JsonPatch = [{ op: "replace", path: "/spec/replicas", value: 2 }];
    const scaled = await createWriter(act).patch(DB, [...up, ...mark("act-scale")]);
    expect(scaled.metadata.annotations).toMatchObject({ "sre-agent.dev/action": "act-scale" });
    const again: JsonPatch = [{ op: "replace", path: "/spec/replicas", value: 3 }];
    await expect(createWriter(act).patch(DB, [...again, ...mark("act-scale")])).rejects.toThrow(
      /the name of its remediation/,
    );
  });

  it("can change nothing in a namespace that did not opt in", async () => {
    const change = createWriter(act).patch({ ...WEB, namespace: OPTED_OUT }, [
      { op: "replace", path: "/spec/replicas", value: 2 },
    ]);
    await expect(change).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  it("can read no Secret and no log", async () => {
    const reader = createReader(act);
    await expect(reader.list({ apiVersion: "v1", kind: "Secret" }, { namespace: NAMESPACE })).rejects.toMatchObject({
      code: "FORBIDDEN",
    });
    await expect(reader.logs({ namespace: NAMESPACE, pod: "any" })).rejects.toMatchObject({ code: "FORBIDDEN" });
  });
});

describe("an approval", () => {
  const create = (connection: Connection, object: NewObject) =>
    createRecordWriter(connection, { group: "sre-agent.dev" }).create(object);

  it("is accepted from a person who may make that very write", async () => {
    const created = await create(await asPerson("may-patch"), approval("may-patch"));
    expect(created.metadata.name).toMatch(/^a-/);
  });

  it("is refused in another's name", async () => {
    await expect(create(await asPerson("may-patch"), approval("someone-else"))).rejects.toThrow(/must be the user/);
  });

  it("is refused with a group that the approver is not in", async () => {
    const { spec, ...rest } = approval("may-patch") as NewObject & { readonly spec: object };
    const boasting = { ...rest, spec: { ...spec, groups: ["system:masters"] } };
    await expect(create(await asPerson("may-patch"), boasting)).rejects.toThrow(/groups that the approver is in/);
  });

  it("is refused from a person who may not make the write, whose no is taken", async () => {
    const person = await asPerson("may-not-patch");
    await expect(create(person, approval("may-not-patch"))).rejects.toThrow(/cannot approve it/);
    const rejected = await create(person, approval("may-not-patch", "Reject"));
    expect(rejected.metadata.name).toMatch(/^a-/);
  });

  it("is refused from a ServiceAccount that has every right", async () => {
    const account = await asAccount("default", NAMESPACE);
    await expect(create(account, approval(ACCOUNT))).rejects.toThrow(/a ServiceAccount cannot approve/);
  });

  it("cannot be created by any identity of ours", async () => {
    for (const name of Object.values(SERVICE_ACCOUNTS)) {
      const user = `system:serviceaccount:${SYSTEM_NAMESPACE}:${name}`;
      await expect(create(await asAccount(name), approval(user)), name).rejects.toMatchObject({ code: "FORBIDDEN" });
    }
  });
});

const writer = (connection: Connection) => createRecordWriter(connection, { group: "sre-agent.dev" });

describe("an SreAction that goes to auto", () => {
  it("is written only by who may make that change themselves: nobody approves it", async () => {
    const tenant = writer(await asPerson("tenant"));
    const person = writer(await asPerson("may-patch"));
    await expect(tenant.create(action("auto"))).rejects.toThrow(
      `tenant may not patch deployments in ${NAMESPACE}, so cannot allow it in mode auto`,
    );
    await expect(person.create(action("auto", "Evict", "Pod"))).rejects.toThrow(/may not create pods\/eviction/);
    expect(await person.create(action("auto"))).toMatchObject({ spec: { mode: "auto" } });
    const { apiVersion, kind, metadata } = await tenant.create(action("approve"));
    const ref = { apiVersion, kind, namespace: NAMESPACE, name: metadata.name };
    await expect(tenant.merge(ref, { spec: { mode: "auto" } })).rejects.toThrow(/in mode auto/);
  });
});

describe("what a run read and decided", () => {
  it("is written down by the operator and by no tenant, whatever RBAC grants", async () => {
    const tenant = writer(await asPerson("tenant"));
    const operator = writer(await asAccount(SERVICE_ACCOUNTS.operator));
    const created = await tenant.create(run());
    const decided = { decision: "approve" };
    await expect(tenant.replaceStatus(created, decided)).rejects.toThrow(/written by the operator/);
    await expect(tenant.create(chunk(created.metadata.name))).rejects.toThrow(/written by the operator/);
    expect((await operator.create(chunk(created.metadata.name))).metadata.name).toMatch(/^chunk-/);
    expect(await operator.replaceStatus(created, decided)).toMatchObject({ status: decided });
  });

  it("belongs to a trigger only where the operator says so", async () => {
    const tenant = writer(await asPerson("tenant"));
    await expect(tenant.create(run({ triggerRef: TRIGGER }))).rejects.toThrow(/the operator's to set/);
    const operator = writer(await asAccount(SERVICE_ACCOUNTS.operator));
    expect(await operator.create(run({ triggerRef: TRIGGER }))).toMatchObject({ spec: { triggerRef: TRIGGER } });
  });
});

describe("the ledger", () => {
  it("takes records from the act identity and from no tenant, whatever RBAC grants", async () => {
    await expect(writer(await asPerson("tenant")).create(record("forged"))).rejects.toThrow(
      /written by the act server/,
    );
    const created = await writer(act).create(record("act-1"));
    await expect(writer(await asPerson("tenant")).replaceStatus(created, { phase: "Succeeded" })).rejects.toThrow(
      /written by the act server/,
    );
  });

  it("lets an open record be deleted by nobody of ours, and an ended one by retention", async () => {
    const open = await writer(act).create(record("act-2"));
    const ref = { apiVersion: API_VERSION, kind: "SreRemediation", namespace: NAMESPACE, name: "act-2" };
    await expect(writer(act).delete(ref)).rejects.toThrow(/written by the act server/);
    await writer(act).replaceStatus(open, { phase: "Expired", completedAt: "2030-01-01T00:00:00Z" });
    await writer(act).delete(ref);
    await expect(createReader(act).get(ref)).rejects.toMatchObject({ code: "NOT_FOUND" });
  });
});
