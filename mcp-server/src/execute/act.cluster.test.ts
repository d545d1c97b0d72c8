import { execFileSync } from "node:child_process";
import { API_VERSION, type Receipt, type SreApproval, type SreRemediation } from "@sre-agent/crds";
import { createMetrics } from "@sre-agent/frame";
import {
  connect,
  createEventRecorder,
  createPreviewer,
  createReader,
  createRecordWriter,
  createReviewer,
  createWriter,
  type KubeObject,
  systemClock,
} from "@sre-agent/kube";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  createActController,
  createActHandlers,
  createActMetrics,
  createAuditLog,
  createHealthProbe,
  createPolicyAnchor,
  verifyChain,
} from "../act.ts";
import type { Workload } from "../facts/workload.ts";
import type { ToolContext } from "../tools/tool.ts";

const NAMESPACE = `mcp-act-${process.pid}`;
const APPROVER = `${NAMESPACE}-alice`;

function kubectl(arguments_: readonly string[], input?: object): string {
  const stdin = input === undefined ? {} : { input: JSON.stringify(input) };
  return execFileSync("kubectl", arguments_, { encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], ...stdin });
}
const apply = (object: object) => kubectl(["apply", "-f", "-"], object);

const meta = (name: string) => ({ namespace: NAMESPACE, name });
const deployment = (name: string, command: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: meta(name),
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: name } },
    template: {
      metadata: { labels: { app: name } },
      spec: {
        terminationGracePeriodSeconds: 0,
        containers: [
          {
            name: "web",
            image: "localhost/toolbox:1",
            imagePullPolicy: "Never",
            command: ["sh", "-c", command],
            env: [{ name: "API_TOKEN", value: "canary-5d41402abc" }],
          },
        ],
      },
    },
  },
});

/** The one policy is shared with whoever else uses the cluster: only our rule comes and goes. */
function addRule(): void {
  const name = kubectl(["get", "srepolicy", "-o", "name"]);
  if (name === "") {
    try {
      kubectl(["create", "-f", "-"], {
        apiVersion: API_VERSION,
        kind: "SrePolicy",
        metadata: { name: "default" },
        spec: { mode: "auto", rules: [] },
      });
    } catch {
      // Somebody else was first.
    }
  }
  const quotas = { perTargetPer10Minutes: 9, perNamespacePerHour: 99, perNamespacePerDay: 99, clusterPer10Minutes: 99 };
  const rule = { namespaces: [NAMESPACE], mode: "approve", quotas };
  kubectl([
    "patch",
    "srepolicy",
    "default",
    "--type=json",
    "-p",
    JSON.stringify([{ op: "add", path: "/spec/rules/-", value: rule }]),
  ]);
}

function removeRule(): void {
  const { spec } = JSON.parse(kubectl(["get", "srepolicy", "default", "-o", "json"])) as {
    spec: { rules?: { namespaces?: string[] }[] };
  };
  const index = spec.rules?.findIndex(({ namespaces }) => namespaces?.includes(NAMESPACE)) ?? -1;
  if (index < 0) return;
  const path = `/spec/rules/${index}`;
  const patch = [
    { op: "test", path: `${path}/namespaces`, value: [NAMESPACE] },
    { op: "remove", path },
  ];
  kubectl(["patch", "srepolicy", "default", "--type=json", "-p", JSON.stringify(patch)]);
}

beforeAll(() => {
  apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  apply(deployment("web", "exec sleep 100000"));
  apply(deployment("api", "exec sleep 100000"));
  kubectl(["-n", NAMESPACE, "rollout", "status", "deployment/web", "--timeout=60s"]);
  kubectl(["-n", NAMESPACE, "rollout", "status", "deployment/api", "--timeout=60s"]);
  apply(deployment("web", "exit 3"));
  const rights = [
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] },
    { apiGroups: [""], resources: ["pods/eviction"], verbs: ["create"] },
    { apiGroups: ["sre-agent.dev"], resources: ["sreapprovals"], verbs: ["create"] },
  ];
  apply({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role", metadata: meta("approver"), rules: rights });
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "approver" };
  const subjects = [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: APPROVER }];
  apply({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
    metadata: meta("approver"),
    roleRef,
    subjects,
  });
  const allow = (name: string, spec: object) =>
    apply({ apiVersion: API_VERSION, kind: "SreAction", metadata: meta(name), spec });
  const verify = { within: "1m", stableFor: "3s" };
  allow("undo", { type: "Rollback", targets: [{ kind: "Deployment", names: ["web"] }], verify });
  allow("size", {
    type: "Scale",
    targets: [{ kind: "Deployment", names: ["api"] }],
    verify: { ...verify, within: "5s" },
  });
  allow("evict", { type: "Evict", targets: [{ kind: "Pod", selector: { matchLabels: { app: "api" } } }], verify });
  addRule();
});

afterAll(() => {
  removeRule();
  kubectl(["delete", "namespace", NAMESPACE, "--wait=false"]);
});

async function actServer() {
  const kubeconfig = process.env["KUBECONFIG"];
  const connection = await connect(kubeconfig === undefined ? {} : { kubeconfig });
  const reader = createReader(connection);
  const records = createRecordWriter(connection, { group: "sre-agent.dev" });
  const lines: string[] = [];
  const failures: unknown[] = [];
  const audit = createAuditLog({
    sink: { append: async (line) => void lines.push(line.trim()) },
    anchor: createPolicyAnchor(reader, records),
    onAnchorFailure: (error) => failures.push(error),
    clock: systemClock,
  });
  const dependencies = {
    connection,
    reader,
    records,
    audit,
    previewer: createPreviewer(connection),
    writer: createWriter(connection),
    reviewer: createReviewer(connection),
    events: createEventRecorder(connection, {
      reportingController: "sre-agent.dev/act",
      reportingInstance: "test",
      clock: systemClock,
    }),
    clock: systemClock,
    random: Math.random,
    protectedNamespaces: [],
    ownFinding: async () => false,
    measure: createHealthProbe(reader),
    metrics: createActMetrics(await createMetrics({ component: "act", unknownLabel: "throw", processMetrics: false })),
    scrub: (text: string) => text,
    log: { info: () => undefined, warn: (message: string, fields?: object) => void failures.push({ message, fields }) },
    lease: { namespace: NAMESPACE, identity: "test" },
  };
  const controller = createActController(dependencies);
  const handlers = createActHandlers({ ...dependencies, requestExecution: controller.requestExecution });
  return { connection, reader, controller, handlers, lines, failures };
}

type ActServer = Awaited<ReturnType<typeof actServer>>;

async function ask({ handlers }: ActServer, tool: string, input: object): Promise<Receipt> {
  const context: ToolContext = {
    caller: { username: "somebody" },
    local: true,
    correlationId: "cluster-test",
    signal: AbortSignal.timeout(20_000),
    mayRead: async () => null,
  };
  const reply = await handlers[tool]?.(input as never, context);
  if (!reply?.ok) throw new Error(`${tool}: ${JSON.stringify(reply?.denial)}`);
  return reply.structured as Receipt;
}

function approve({ name, digest }: Receipt): void {
  const record = JSON.parse(kubectl(["-n", NAMESPACE, "get", "sreremediation", name, "-o", "json"])) as SreRemediation;
  const spec: SreApproval["spec"] = {
    remediationRef: { name, uid: record.metadata.uid },
    digest,
    decision: "Approve",
    approver: APPROVER,
    write: record.spec.write,
  };
  const approval = { apiVersion: API_VERSION, kind: "SreApproval", metadata: { ...meta(name) }, spec };
  kubectl(["create", "--as", APPROVER, "-f", "-"], approval);
}

/** Repeats the request as a client does, until the record has its outcome. */
async function executed(server: ActServer, { name, digest }: Receipt): Promise<Receipt> {
  for (let tries = 0; tries < 120; tries += 1) {
    const receipt = await ask(server, "remediation_execute", { namespace: NAMESPACE, name, digest }).catch(
      () => undefined,
    );
    if (receipt?.outcome) return receipt;
    await systemClock.sleep(500);
  }
  return ask(server, "remediation_get", { namespace: NAMESPACE, name });
}

/** Proposes, approves and executes. */
async function carriedOut(server: ActServer, tool: string, input: object): Promise<Receipt> {
  const proposal = await ask(server, tool, { namespace: NAMESPACE, ...input });
  expect(proposal).toMatchObject({ phase: "Proposed", mode: "approve" });
  approve(proposal);
  const receipt = await executed(server, proposal);
  // Whoever edits the shared policy meanwhile makes a proposal stale, rightly; it is then made anew.
  return receipt.denial?.code === "POLICY_CHANGED" ? carriedOut(server, tool, input) : receipt;
}

/** The act server while `use` runs, with its controller leading. */
async function withServer(use: (server: ActServer) => Promise<void>): Promise<void> {
  const server = await actServer();
  const stop = new AbortController();
  const running = server.controller.run(stop.signal);
  await use(server);
  stop.abort();
  await running;
  await server.connection.close();
  expect(verifyChain(server.lines)).toMatchObject({ ok: true });
  expect(server.failures).toEqual([]);
}

const DEPLOYMENT = { apiVersion: "apps/v1", kind: "Deployment" };

test("a bad rollout is proposed to be rolled back, approved by a person, executed and verified", () =>
  withServer(async (server) => {
    const receipt = await carriedOut(server, "workload_rollback", { name: "web" });
    expect(receipt).toMatchObject({
      phase: "Succeeded",
      outcome: "Succeeded",
      summary: "roll back Deployment/web to revision 1",
    });
    const live = await server.reader.get<Workload>({ ...DEPLOYMENT, ...meta("web") });
    expect(live.metadata.annotations).toMatchObject({
      "sre-agent.dev/action": receipt.name,
      "deployment.kubernetes.io/revision": "3",
    });
    expect(live.status?.availableReplicas).toBe(2);
    const sets = await server.reader.listAll<KubeObject>(
      { apiVersion: "apps/v1", kind: "ReplicaSet" },
      { namespace: NAMESPACE, labelSelector: "app=web" },
    );
    const revisions = sets.items.map(({ metadata }) => metadata.annotations?.["deployment.kubernetes.io/revision"]);
    // The bad one keeps its number, which is the way back.
    expect(revisions.sort()).toEqual(["2", "3"]);
    const record = kubectl(["-n", NAMESPACE, "get", "sreremediation", receipt.name, "-o", "json"]);
    expect(record).not.toContain("canary");
    expect((JSON.parse(record) as SreRemediation).status).toMatchObject({
      approvalRef: { approver: APPROVER },
      inverse: { parameters: { toRevision: 2 } },
    });
  }));

test("a scale that leaves the target worse at the deadline is undone", () =>
  withServer(async (server) => {
    const { items } = await server.reader.listAll({ apiVersion: "v1", kind: "Pod" }, { namespace: NAMESPACE });
    apply({
      apiVersion: "v1",
      kind: "ResourceQuota",
      metadata: meta("full"),
      spec: { hard: { pods: String(items.length) } },
    });
    const receipt = await carriedOut(server, "workload_scale", { name: "api", replicas: 3 });
    expect(receipt).toMatchObject({ phase: "RolledBack", diff: "- spec.replicas: 2\n+ spec.replicas: 3" });
    const live = await server.reader.get<Workload>({ ...DEPLOYMENT, ...meta("api") });
    expect(live.spec?.replicas).toBe(2);
    kubectl(["-n", NAMESPACE, "delete", "resourcequota", "full"]);
  }));

test("a pod is evicted once and its controller verified", () =>
  withServer(async (server) => {
    const options = { namespace: NAMESPACE, labelSelector: "app=api" };
    const { items } = await server.reader.listAll({ apiVersion: "v1", kind: "Pod" }, options);
    const name = items[0]?.metadata.name ?? "";
    expect(await carriedOut(server, "pod_evict", { name })).toMatchObject({ phase: "Succeeded" });
    const { items: after } = await server.reader.listAll({ apiVersion: "v1", kind: "Pod" }, options);
    expect(after.map(({ metadata }) => metadata.name)).not.toContain(name);
    expect(after).toHaveLength(2);
  }));
