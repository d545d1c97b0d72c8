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
  systemClock,
} from "@sre-agent/kube";
import { expect } from "vitest";
import {
  createActController,
  createActHandlers,
  createActMetrics,
  createAuditLog,
  createHealthProbe,
  createPolicyAnchor,
  verifyChain,
} from "../../act.ts";
import type { ToolContext } from "../../tools/tool.ts";

async function startAct(namespace: string) {
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
  const registry = await createMetrics({ component: "act", unknownLabel: "throw", processMetrics: false });
  const dependencies = {
    ...{ connection, reader, records, audit, clock: systemClock, random: Math.random, protectedNamespaces: [] },
    previewer: createPreviewer(connection),
    writer: createWriter(connection),
    reviewer: createReviewer(connection),
    events: createEventRecorder(connection, {
      reportingController: "sre-agent.dev/act",
      reportingInstance: "test",
      clock: systemClock,
    }),
    ownFinding: async () => false,
    measure: createHealthProbe(reader),
    metrics: createActMetrics(registry),
    scrub: (text: string) => text,
    log: { info: () => undefined, warn: (message: string, fields?: object) => void failures.push({ message, fields }) },
    lease: { namespace, identity: "test" },
  };
  const controller = createActController(dependencies);
  const handlers = createActHandlers({ ...dependencies, requestExecution: controller.requestExecution });
  return {
    connection,
    reader,
    writer: dependencies.writer,
    controller,
    handlers,
    lines,
    failures,
    metrics: () => registry.text(),
  };
}

export type ActServer = Awaited<ReturnType<typeof startAct>>;

/** A namespace of a real cluster with the act server beside it, for tests. */
export class ActCluster {
  readonly namespace: string;
  readonly approver: string;

  constructor(name: string) {
    this.namespace = `${name}-${process.pid}`;
    this.approver = `${this.namespace}-alice`;
  }

  kubectl(arguments_: readonly string[], input?: object): string {
    const stdin = input === undefined ? {} : { input: JSON.stringify(input) };
    return execFileSync("kubectl", arguments_, { encoding: "utf8", stdio: ["pipe", "pipe", "pipe"], ...stdin });
  }

  apply(object: object): void {
    this.kubectl(["apply", "-f", "-"], object);
  }

  meta(name: string) {
    return { namespace: this.namespace, name };
  }

  /** Lets `approver` approve, and adds our rule to the one policy, which others of the cluster use, too. */
  open(rules: readonly object[]): void {
    this.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: this.namespace } });
    const rbac = "rbac.authorization.k8s.io";
    const approving = { apiGroups: ["sre-agent.dev"], resources: ["sreapprovals"], verbs: ["create"] };
    this.apply({
      apiVersion: `${rbac}/v1`,
      kind: "Role",
      metadata: this.meta("approver"),
      rules: [...rules, approving],
    });
    this.apply({
      apiVersion: `${rbac}/v1`,
      kind: "RoleBinding",
      metadata: this.meta("approver"),
      roleRef: { apiGroup: rbac, kind: "Role", name: "approver" },
      subjects: [{ apiGroup: rbac, kind: "User", name: this.approver }],
    });
    this.#addRule();
  }

  allow(name: string, spec: object): void {
    const verify = { within: "90s", stableFor: "3s" };
    const whole = { cooldown: "1s", limits: { perHour: 50, perDay: 50 }, verify, ...spec };
    this.apply({ apiVersion: API_VERSION, kind: "SreAction", metadata: this.meta(name), spec: whole });
  }

  close(): void {
    this.#removeRule();
    this.kubectl(["delete", "namespace", this.namespace, "--wait=false"]);
  }

  #addRule(): void {
    if (this.kubectl(["get", "srepolicy", "-o", "name"]) === "") {
      const policy = { apiVersion: API_VERSION, kind: "SrePolicy", metadata: { name: "default" } };
      try {
        this.kubectl(["create", "-f", "-"], { ...policy, spec: { mode: "auto", rules: [] } });
      } catch {
        // Somebody else was first.
      }
    }
    const quotas = {
      ...{ perTargetPer10Minutes: 50, perNamespacePerHour: 99, perNamespacePerDay: 99, clusterPer10Minutes: 99 },
      openProposals: 50,
    };
    const rule = { namespaces: [this.namespace], mode: "approve", quotas };
    this.#patchPolicy([{ op: "add", path: "/spec/rules/-", value: rule }]);
  }

  #removeRule(): void {
    const { spec } = JSON.parse(this.kubectl(["get", "srepolicy", "default", "-o", "json"])) as {
      spec: { rules?: { namespaces?: string[] }[] };
    };
    const index = spec.rules?.findIndex(({ namespaces }) => namespaces?.includes(this.namespace)) ?? -1;
    if (index < 0) return;
    const path = `/spec/rules/${index}`;
    this.#patchPolicy([
      { op: "test", path: `${path}/namespaces`, value: [this.namespace] },
      { op: "remove", path },
    ]);
  }

  #patchPolicy(patch: readonly object[]): void {
    this.kubectl(["patch", "srepolicy", "default", "--type=json", "-p", JSON.stringify(patch)]);
  }

  /** The act server, with its controller leading until it is stopped: then its audit chain is whole, and nothing failed. */
  async startServer(): Promise<{ readonly server: ActServer; stop(): Promise<void> }> {
    const server = await startAct(this.namespace);
    const stopped = new AbortController();
    const running = server.controller.run(stopped.signal);
    const stop = async () => {
      stopped.abort();
      await running;
      await server.connection.close();
      expect(verifyChain(server.lines)).toMatchObject({ ok: true });
      expect(server.failures).toEqual([]);
    };
    return { server, stop };
  }

  /** The act server while `use` runs. */
  async withServer(use: (server: ActServer) => Promise<void>): Promise<void> {
    const { server, stop } = await this.startServer();
    await use(server).finally(stop);
  }

  async ask({ handlers }: ActServer, tool: string, input: object): Promise<Receipt> {
    const context: ToolContext = {
      caller: { username: "somebody" },
      local: true,
      correlationId: `cluster-test-${performance.now()}`,
      signal: AbortSignal.timeout(30_000),
      mayRead: async () => null,
    };
    const reply = await handlers[tool]?.({ namespace: this.namespace, ...input } as never, context);
    if (!reply?.ok) throw new Error(`${tool}: ${JSON.stringify(reply?.denial)}`);
    return reply.structured as Receipt;
  }

  approve({ name, digest }: Receipt): void {
    const stored = this.kubectl(["-n", this.namespace, "get", "sreremediation", name, "-o", "json"]);
    const record = JSON.parse(stored) as SreRemediation;
    const spec: SreApproval["spec"] = {
      remediationRef: { name, uid: record.metadata.uid },
      digest,
      decision: "Approve",
      approver: this.approver,
      write: record.spec.write,
    };
    const approval = { apiVersion: API_VERSION, kind: "SreApproval", metadata: this.meta(name), spec };
    this.kubectl(["create", "--as", this.approver, "-f", "-"], approval);
  }

  /** Proposes, approves, and waits for the outcome: nobody asks for the execution of a client's record. */
  async carriedOut(server: ActServer, tool: string, input: object): Promise<Receipt> {
    const proposal = await this.ask(server, tool, input);
    expect(proposal).toMatchObject({ phase: "Proposed", mode: "approve" });
    this.approve(proposal);
    const receipt = await this.outcome(server, proposal);
    // Whoever edits the shared policy meanwhile makes a proposal stale, rightly; it is then made anew.
    return receipt.denial?.code === "POLICY_CHANGED" ? this.carriedOut(server, tool, input) : receipt;
  }

  async outcome(server: ActServer, { name }: Receipt): Promise<Receipt> {
    for (let tries = 0; tries < 240; tries += 1) {
      const receipt = await this.ask(server, "remediation_get", { name }).catch(() => undefined);
      if (receipt?.outcome) return receipt;
      await systemClock.sleep(500);
    }
    return this.ask(server, "remediation_get", { name });
  }
}
