import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { chartChoices, chartTemplate } from "../src/chart.ts";
import { envExample } from "../src/env-example.ts";
import { defaultChoices } from "../src/installation.ts";
import { workloads } from "../src/workloads.ts";

interface Container {
  readonly name: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string }[];
  readonly securityContext: object;
  readonly resources: { readonly limits: object };
}
interface Deployment {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly replicas: number;
    readonly strategy: { readonly type: string };
    readonly template: {
      readonly spec: {
        readonly serviceAccountName: string;
        readonly automountServiceAccountToken: boolean;
        readonly securityContext: object;
        readonly containers: readonly Container[];
        readonly volumes: readonly { readonly name: string; readonly hostPath?: object }[];
      };
    };
  };
}

const root = join(import.meta.dirname, "../..");
const deployments = (workloads(defaultChoices("0.1.0")) as readonly Deployment[]).filter(
  ({ kind }) => kind === "Deployment",
);
const podOf = (name: string) => deployments.find(({ metadata }) => metadata.name === name)?.spec.template.spec;
/** Every variable that some process reads. */
const known = new Set([...envExample().matchAll(/^# ([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name));

describe("the Deployments", () => {
  it("are four, each under its own identity", () => {
    expect(deployments.map(({ spec }) => spec.template.spec.serviceAccountName)).toEqual([
      "sre-operator",
      "sre-agent",
      "sre-mcp-read",
      "sre-mcp-act",
    ]);
  });

  it.each(deployments)("$metadata.name is restricted, numeric, read-only and bounded", ({ spec }) => {
    const pod = spec.template.spec;
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } });
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(pod.volumes.filter(({ hostPath }) => hostPath !== undefined)).toEqual([]);
    for (const { securityContext, resources } of pod.containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
      expect(resources.limits).toHaveProperty("memory");
    }
  });

  it("give the agent a token for the MCP servers and none for the API server", () => {
    const text = JSON.stringify(podOf("sre-agent")?.volumes);
    expect(text.match(/"serviceAccountToken"/g)).toHaveLength(1);
    expect(text).toContain('"audience":"sre-agent"');
  });

  it("run one act server at a time", () => {
    const act = deployments.find(({ metadata }) => metadata.name === "sre-mcp-act");
    expect(act?.spec).toMatchObject({ replicas: 1, strategy: { type: "Recreate" } });
  });

  it("set only variables that a process reads", () => {
    const set = deployments.flatMap(({ spec }) => spec.template.spec.containers.flatMap(({ env }) => env));
    const ours = set.map(({ name }) => name).filter((name) => name !== "NODE_OPTIONS");
    expect(ours.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe("the chart", () => {
  it("sets only variables that a process reads", () => {
    const template = readFileSync(join(root, "deploy/chart/templates/_settings.tpl"), "utf8");
    const set = [...template.matchAll(/set \$settings "([A-Z0-9_]+)"/g)].map(([, name]) => name);
    expect(set.length).toBeGreaterThan(3);
    expect(set.filter((name) => !known.has(name))).toEqual([]);
  });

  it("turns marks into expressions and the namespace into the release's", () => {
    const manifest = `namespace: sre-system\nimage: "${chartChoices.image}"\nreplicas: "${chartChoices.replicas("mcp-read")}"\n`;
    expect(chartTemplate(manifest)).toBe(
      "namespace: {{ .Release.Namespace }}\nimage: {{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}\nreplicas: {{ .Values.mcpRead.replicas }}\n",
    );
  });

  it("refuses a manifest that would be read as a template", () => {
    expect(() => chartTemplate("message: '{{ danger }}'")).toThrow("{{");
  });
});

describe("the image", () => {
  it("has every workspace in its build context, since npm ci asks for all of them", () => {
    const { workspaces } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      readonly workspaces: readonly string[];
    };
    const lines = readFileSync(join(root, ".dockerignore"), "utf8").split("\n");
    expect(workspaces.filter((name) => !lines.includes(`!${name}/package.json`))).toEqual([]);
  });
});
