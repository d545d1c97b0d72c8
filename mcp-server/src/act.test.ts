import { API_VERSION, type Denial, deny, type Receipt } from "@sre-agent/crds";
import { KubeError } from "@sre-agent/kube";
import { expect, test } from "vitest";
import { createActHandlers } from "./act.ts";
import { approve, createIncident, type Incident, onlyRecord, RUN } from "./execute/test/incident.ts";
import { createPodIncident, createWorkloadIncident } from "./execute/test/workloads.ts";
import type { ToolContext, ToolReply } from "./tools/tool.ts";

const requests: string[] = [];

function context({ cluster }: Incident, change: Partial<ToolContext> = {}): ToolContext {
  const investigation = cluster.peek({
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    namespace: RUN.namespace,
    name: RUN.name,
  });
  return {
    caller: { username: "system:serviceaccount:sre:agent" },
    local: false,
    run: { reference: RUN, investigation: investigation as never },
    correlationId: RUN.uid,
    signal: new AbortController().signal,
    mayRead: async () => null,
    ...change,
  };
}

interface Call {
  readonly tool: string;
  readonly input: object;
  readonly change?: Partial<ToolContext>;
}

async function call(incident: Incident, { tool, input, change = {} }: Call): Promise<ToolReply> {
  const requestExecution = (...request: string[]): Denial | null => {
    requests.push(request.join(" "));
    return null;
  };
  const handle = createActHandlers({ ...incident.dependencies, requestExecution })[tool];
  if (!handle) throw new Error(`no handler for ${tool}`);
  return handle(input as never, context(incident, change));
}

test("workload_rollback goes to the previous revision of the run's namespace when nothing else is said", async () => {
  const incident = createIncident();
  const reply = await call(incident, {
    tool: "workload_rollback",
    input: { name: "web", reason: "it crashes", evidence: ["ev-1"] },
  });
  expect(reply).toMatchObject({ ok: true, structured: { summary: "roll back Deployment/web to revision 1" } });
  expect(onlyRecord(incident).spec).toMatchObject({
    reason: "it crashes",
    evidence: ["ev-1"],
    runRef: { name: RUN.name, uid: RUN.uid },
  });
});

const REFUSED: readonly (Call & { readonly code: string })[] = [
  { code: "ACTION_NOT_ALLOWED", tool: "workload_rollback", input: { name: "web", namespace: "other" } },
  { code: "NOT_FOUND", tool: "workload_rollback", input: { name: "nobody" } },
  { code: "SCHEMA_INVALID", tool: "workload_rollback", input: { name: "web", kind: "Pod" } },
  {
    code: "READ_FORBIDDEN",
    tool: "workload_rollback",
    input: { name: "web" },
    change: { mayRead: async () => deny("READ_FORBIDDEN", "no") },
  },
  { code: "ACTION_NOT_ALLOWED", tool: "workload_scale", input: { name: "web", replicas: 5 } },
];

test.each(REFUSED)("$tool with $input is refused as $code", async ({ code, ...refused }) => {
  const incident = createIncident();
  expect(await call(incident, refused)).toMatchObject({ ok: false, denial: { code } });
  expect(incident.cluster.all("SreRemediation")).toEqual([]);
});

test("without our kinds a proposal is a preview with the command by hand", async () => {
  const incident = createIncident();
  incident.cluster.hook = ({ what }) => {
    if (what.startsWith("resolve")) throw new KubeError("unknown", { code: "UNKNOWN_KIND" });
  };
  const reply = await call(incident, { tool: "workload_rollback", input: { name: "web" } });
  expect(reply).toMatchObject({ ok: false, denial: { code: "CRDS_MISSING" } });
  const message = reply.ok ? "" : reply.denial.message;
  expect(message).toContain("image: web:good");
  expect(message).toContain("kubectl -n shop rollout undo deployment/web --to-revision=1");
});

test.each([
  ["workload_rollback", { kind: "StatefulSet" }, "rollout undo statefulset/db --to-revision=1", "db:1"],
  ["workload_rollback", { kind: "DaemonSet" }, "rollout undo daemonset/db --to-revision=1", "db:1"],
  ["workload_restart", { kind: "DaemonSet" }, "rollout restart daemonset/db", "restartedAt"],
  ["workload_scale", { kind: "StatefulSet", replicas: 5 }, "scale statefulset/db --replicas=5", "spec.replicas: 5"],
  ["pod_evict", {}, "create --raw /api/v1/namespaces/shop/pods/db-a/eviction", "evicted"],
] as const)("without our kinds %s %o is a preview, too", async (tool, input, command, change) => {
  const incident = "kind" in input ? createWorkloadIncident(input.kind) : createPodIncident();
  incident.cluster.hook = ({ what }) => {
    if (what.startsWith("resolve")) throw new KubeError("unknown", { code: "UNKNOWN_KIND" });
  };
  const name = tool === "pod_evict" ? "db-a" : "db";
  const reply = await call(incident, { tool, input: { name, ...input } });
  expect(reply).toMatchObject({ ok: false, denial: { code: "CRDS_MISSING" } });
  const denial = reply.ok ? undefined : reply.denial;
  expect(denial?.message).toContain(`kubectl -n shop ${command}`);
  expect(denial?.message).toContain(change);
  expect(denial?.next).toContain("sre-agent crds apply");
  expect([incident.cluster.writes, incident.cluster.evictions]).toEqual([[], []]);
});

test.each([
  ["replicas is missing above zero", {}, "SCHEMA_INVALID"],
  ["how many there were is recorded nowhere", { replicas: 3 }, "NO_INVERSE"],
])("workload_scale refuses when %s", async (_what, input, code) => {
  const incident = createWorkloadIncident("Deployment", code === "NO_INVERSE" ? 0 : 4);
  expect(await call(incident, { tool: "workload_scale", input: { name: "db", ...input } })).toMatchObject({
    ok: false,
    denial: { code },
  });
});

test("workload_scale brings back from zero the recorded count alone", async () => {
  const incident = createWorkloadIncident("Deployment", 0);
  const last = incident.cluster.peek({ apiVersion: "apps/v1", kind: "ReplicaSet", namespace: "shop", name: "db-1" });
  const annotations = { ...last?.metadata.annotations, "deployment.kubernetes.io/desired-replicas": "3" };
  incident.cluster.put({ ...last, metadata: { ...last?.metadata, annotations } });
  const { run: _run, ...client } = context(incident, { caller: { username: "dave" } });
  const handle = createActHandlers({ ...incident.dependencies, requestExecution: () => null })["workload_scale"];
  const ask = (more: object) => handle?.({ name: "db", namespace: "shop", ...more } as never, client);
  expect(await ask({ replicas: 9 })).toMatchObject({
    denial: { code: "SCHEMA_INVALID", message: expect.stringContaining("goes back to 3") },
  });
  expect(await ask({})).toMatchObject({
    structured: { mode: "approve", diff: expect.stringContaining("3 is the last recorded count: annotation") },
  });
});

test("a person's client without a run is asked for the namespace and for its own right", async () => {
  const incident = createIncident();
  const { run: _run, ...client } = context(incident, { caller: { username: "dave" } });
  const handle = createActHandlers({ ...incident.dependencies, requestExecution: () => null })["workload_rollback"];
  expect(await handle?.({ name: "web" } as never, client)).toMatchObject({
    ok: false,
    denial: { code: "SCHEMA_INVALID" },
  });
  incident.forbidden.add("dave");
  const input = { name: "web", namespace: "shop" } as never;
  expect(await handle?.(input, client)).toMatchObject({ ok: false, denial: { code: "IDENTITY_FORBIDDEN" } });
  incident.forbidden.clear();
  expect(await handle?.(input, client)).toMatchObject({ ok: true });
  expect(onlyRecord(incident).spec).toMatchObject({ requester: { user: "dave" }, requestKey: RUN.uid });
});

test("remediation_execute asks the controller for the very digest and says what is missing", async () => {
  const incident = createIncident();
  await call(incident, { tool: "workload_rollback", input: { name: "web" } });
  const { metadata, spec } = onlyRecord(incident);
  const input = { namespace: "shop", name: metadata.name };
  expect(await call(incident, { tool: "remediation_execute", input: { ...input, digest: "sha256:x" } })).toMatchObject({
    ok: false,
    denial: { code: "APPROVAL_DIGEST" },
  });
  expect(requests).toEqual([]);
  const reply = await call(incident, { tool: "remediation_execute", input: { ...input, digest: spec.approvalDigest } });
  expect(reply).toMatchObject({ ok: true, structured: { phase: "Proposed", denial: { code: "PENDING_APPROVAL" } } });
  expect(requests).toEqual([`shop ${metadata.name} ${spec.approvalDigest}`]);
});

test("remediation_get answers the record as it is", async () => {
  const incident = createIncident();
  await call(incident, { tool: "workload_rollback", input: { name: "web" } });
  approve(incident);
  const reply = await call(incident, {
    tool: "remediation_get",
    input: {
      namespace: "shop",
      name: onlyRecord(incident).metadata.name,
    },
  });
  const receipt = (reply.ok ? reply.structured : undefined) as Receipt | undefined;
  expect(receipt?.approveCommand).toBe(`sre-agent approve ${receipt?.name} -n shop`);
  expect(
    await call(incident, { tool: "remediation_get", input: { namespace: "shop", name: "act-none" } }),
  ).toMatchObject({
    ok: false,
    denial: { code: "NOT_FOUND" },
  });
});
