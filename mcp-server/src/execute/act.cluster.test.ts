import { execFileSync } from "node:child_process";
import { API_VERSION, type Receipt, type SreApproval, type SreRemediation } from "@sre-agent/crds";
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
const deployment = (command: string) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: meta("web"),
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
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
  const rule = { namespaces: [NAMESPACE], mode: "approve" };
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
  apply(deployment("exec sleep 100000"));
  kubectl(["-n", NAMESPACE, "rollout", "status", "deployment/web", "--timeout=60s"]);
  apply(deployment("exit 3"));
  const rights = [
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["get", "patch"] },
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
  const targets = [{ kind: "Deployment", names: ["web"] }];
  const verify = { within: "1m", stableFor: "3s" };
  apply({
    apiVersion: API_VERSION,
    kind: "SreAction",
    metadata: meta("undo"),
    spec: { type: "Rollback", targets, verify },
  });
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
    observe: () => undefined,
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

test("a bad rollout is proposed to be rolled back, approved by a person, executed and verified", async () => {
  const server = await actServer();
  const stop = new AbortController();
  const running = server.controller.run(stop.signal);
  let receipt: Receipt | undefined;
  // Whoever edits the shared policy meanwhile makes a proposal stale, rightly; it is then made anew.
  for (let tries = 0; tries < 3; tries += 1) {
    const proposal = await ask(server, "workload_rollback", { namespace: NAMESPACE, name: "web" });
    expect(proposal).toMatchObject({
      phase: "Proposed",
      mode: "approve",
      summary: "roll back Deployment/web to revision 1",
    });
    approve(proposal);
    receipt = await executed(server, proposal);
    if (receipt.denial?.code !== "POLICY_CHANGED") break;
  }
  expect(receipt).toMatchObject({ phase: "Succeeded", outcome: "Succeeded" });

  const live = await server.reader.get<Workload>({ apiVersion: "apps/v1", kind: "Deployment", ...meta("web") });
  expect(live.metadata.annotations).toMatchObject({
    "sre-agent.dev/action": receipt?.name,
    "deployment.kubernetes.io/revision": "3",
  });
  expect(live.status?.availableReplicas).toBe(2);
  const sets = await server.reader.listAll<KubeObject>(
    { apiVersion: "apps/v1", kind: "ReplicaSet" },
    { namespace: NAMESPACE },
  );
  const revisions = sets.items
    .map(({ metadata }) => metadata.annotations?.["deployment.kubernetes.io/revision"])
    .sort();
  // The bad one keeps its number, which is the way back.
  expect(revisions).toEqual(["2", "3"]);
  const record = kubectl(["-n", NAMESPACE, "get", "sreremediation", receipt?.name ?? "", "-o", "json"]);
  expect(record).not.toContain("canary");
  expect((JSON.parse(record) as SreRemediation).status).toMatchObject({
    approvalRef: { approver: APPROVER },
    inverse: { parameters: { toRevision: 2 } },
  });
  expect(verifyChain(server.lines)).toMatchObject({ ok: true });
  expect(server.failures).toEqual([]);
  stop.abort();
  await running;
  await server.connection.close();
});
