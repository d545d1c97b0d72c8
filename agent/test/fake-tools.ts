import type { Finding, ToolCall, ToolResult } from "@sre-agent/crds";
import type { CallOptions, OfferedTool, ToolClient } from "../src/tools/tool-client.ts";

type Reply = Partial<Omit<ToolResult, "callId" | "tool">>;
export type Script = Readonly<Record<string, (call: ToolCall, options: CallOptions) => Reply | Promise<Reply>>>;

const TEXT = { type: "string" };
const properties = (...names: string[]) => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
});

const readTool = (name: string, ...names: string[]): OfferedTool => ({
  ...{ name, description: "", inputSchema: properties(...names), role: "read" },
});

const OFFERED: readonly OfferedTool[] = [
  { name: "diagnose", description: "", inputSchema: properties("namespace", "kind", "name"), role: "read" },
  {
    name: "resource_get",
    description: "",
    inputSchema: properties("kind", "name", "namespace", "fields"),
    role: "read",
  },
  {
    name: "workload_rollback",
    description: "",
    inputSchema: {
      type: "object",
      properties: {
        ...{ kind: TEXT, name: TEXT, namespace: TEXT, reason: TEXT },
        toRevision: { type: "integer", minimum: 1 },
        evidence: { type: "array", items: TEXT, maxItems: 20 },
      },
    },
    role: "act",
  },
  ...["changes_recent", "events_timeline"].map((name) => readTool(name, "namespace", "kind", "name", "since")),
  readTool("pod_logs", "namespace", "pod", "container"),
  ...["workload_restart", "workload_scale", "pod_evict"].map((name) => ({
    name,
    description: "",
    inputSchema: {
      type: "object",
      properties: {
        ...{ kind: TEXT, name: TEXT, namespace: TEXT, reason: TEXT },
        ...{ replicas: { type: "integer" }, evidence: { type: "array", items: TEXT } },
      },
    },
    role: "act" as const,
  })),
];

/** A cluster in memory: each tool is a function, and every call that reached one is kept. */
export function fakeTools(script: Script): ToolClient & { readonly calls: ToolCall[] } {
  const calls: ToolCall[] = [];
  return {
    calls,
    list: () => OFFERED.filter(({ name }) => name in script).sort((a, b) => (a.name < b.name ? -1 : 1)),
    async call(call, options) {
      calls.push(call);
      const reply = await script[call.tool]?.(call, options);
      return { callId: call.id, tool: call.tool, ok: true, text: "", evidence: [], ...reply };
    },
  };
}

export const DIGEST = `sha256:${"a".repeat(64)}`;

export const imageFinding: Finding & { readonly evidenceId: string } = {
  id: "image-missing-1",
  evidenceId: "ev-image",
  analyzer: "image-pull",
  severity: "critical",
  namespace: "shop",
  subject: { kind: "Deployment", name: "web", namespace: "shop" },
  cause: 'Deployment web names the image "shop/web:v2-typo", which the registry does not have.',
  evidence: [
    {
      object: { kind: "Deployment", name: "web", namespace: "shop" },
      path: "spec.template.spec.containers[web].image",
      value: "shop/web:v2-typo",
      writableBy: "control-plane",
    },
  ],
  explains: [],
  fix: {
    kind: "action",
    summary: "Roll back Deployment/web to revision 1.",
    action: {
      type: "Rollback",
      target: { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "web", uid: "u-1" },
      parameters: { toRevision: 1 },
    },
  },
};

export const receipt = {
  namespace: "shop",
  name: "web-rollback-1",
  digest: DIGEST,
  phase: "Proposed",
  summary: "Roll back Deployment/web to revision 1.",
  diff: "-v2-typo\n+v1",
  actionRef: "rollback-web",
  params: { toRevision: 1 },
  mode: "approve",
  expiresAt: "2026-01-01T01:00:00Z",
};

/** A Deployment whose newest image does not exist, with a revision to return to. */
export const brokenImage: Script = {
  diagnose: () => ({
    text: imageFinding.cause,
    structured: { findings: [imageFinding], gaps: [] },
    evidence: ["ev-image"],
  }),
  resource_get: () => ({ text: "image: shop/web:v2-typo", evidence: ["ev-web"] }),
  workload_rollback: () => ({ text: "proposed", structured: receipt }),
};
