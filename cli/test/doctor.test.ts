import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { admissionPolicies, optIn, SERVICE_ACCOUNTS } from "@sre-agent/deploy";
import { UserError } from "@sre-agent/frame";
import { type Manifest, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { askSandbox } from "./ask-sandbox.ts";
import { call } from "./call.ts";
import { kubeconfigFile } from "./run-cli.ts";

// A machine that is busy takes its time; nothing here is about speed.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

let sandbox: Sandbox;
let KUBECONFIG: string;

beforeEach(async () => {
  sandbox = await startSandbox();
  KUBECONFIG = await kubeconfigFile(sandbox.kubeconfig);
});
afterEach(() => sandbox.stop());

interface Check {
  readonly name: string;
  readonly status: string;
  readonly found: string;
  readonly change?: string;
}

async function doctor(environment: Record<string, string> = {}, ...args: readonly string[]) {
  const { code, stdout } = await call(["doctor", "-o", "json", ...args], { KUBECONFIG, ...environment });
  const checks: readonly Check[] = JSON.parse(stdout);
  return { code, of: (name: string) => checks.find((check) => check.name === name), checks };
}

const SYSTEM = "sre-system";
const policy = (spec: object): Manifest => ({
  apiVersion: "sre-agent.dev/v1alpha1",
  kind: "SrePolicy",
  metadata: { name: "default" },
  spec,
});
const ruled = policy({ mode: "approve", rules: [{ namespaces: ["default"], mode: "approve" }] });
const windowed = (change: object) => {
  const window = { days: ["Mon"], from: "09:00", to: "17:00", timeZone: "UTC", ...change };
  return policy({ mode: "approve", rules: [{ namespaces: ["default"], mode: "approve", windows: [window] }] });
};
const walls = () => admissionPolicies() as readonly Manifest[];
const lease = (name: string, renewTime: string): Manifest => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name, namespace: SYSTEM },
  spec: { holderIdentity: "somebody", leaseDurationSeconds: 15, renewTime },
});

it("has nothing to repair where everything is in place", async () => {
  sandbox.apply(ruled, ...walls());
  const { code, checks, of } = await doctor();
  expect(checks.filter(({ status }) => status === "fail")).toEqual([]);
  expect(code).toBe(0);
  expect(of("kinds")).toMatchObject({ status: "ok", found: "all 7 of this version" });
  expect(of("admission policies")).toMatchObject({ status: "ok" });
  expect(of("SrePolicy")).toMatchObject({ status: "ok", found: "mode approve, 1 rule" });
  expect(of("processes")).toMatchObject({ status: "ok", found: expect.stringMatching(/none in namespace sre-system/) });
});

describe("the way to the cluster", () => {
  it.each([
    ["no kubeconfig", () => "/nowhere/config", "kubeconfig", /no kubeconfig at \/nowhere/, /--kubeconfig FILE/],
    [
      "no API server",
      () => kubeconfigFile(sandbox.kubeconfig.replaceAll(sandbox.url, "http://127.0.0.1:9")),
      "API server",
      /127\.0\.0\.1:9/,
      /Check the server's address/,
    ],
    [
      "a credential that is not accepted",
      () => kubeconfigFile(sandbox.kubeconfig.replace(/"token":\s*"[^"]+"/, '"token":"expired"')),
      "API server",
      /Unauthorized|credential|401/i,
      /Log in again/,
    ],
  ])("%s", async (_, config, name, found, change) => {
    const { code, of } = await doctor({ KUBECONFIG: await config() });
    expect(code).toBe(1);
    expect(of(name)).toMatchObject({
      status: "fail",
      found: expect.stringMatching(found),
      change: expect.stringMatching(change),
    });
  });

  it.each([
    ["pods", "fail", "reading in default", /no right to pods$|no right to pods,/],
    ["services", "warn", "reading in default", /no right to services/],
    ["nodes", "warn", "reading cluster-wide", /no right to nodes/],
    ["sreapprovals", "warn", "approving in default", /no right to create sreapprovals/],
  ])("no right to %s", async (resource, status, name, found) => {
    sandbox.setRule("narrow", (asked) => asked.resource !== resource || asked.subresource !== "");
    const config = JSON.parse(sandbox.kubeconfig);
    config.users[0].user.token = sandbox.tokenFor("narrow");
    const { of, code } = await doctor({ KUBECONFIG: await kubeconfigFile(JSON.stringify(config)) }, "-n", "default");
    expect(of(name)).toMatchObject({
      status,
      found: expect.stringMatching(found),
      change: expect.stringMatching(/Ask for/),
    });
    expect(code === 1).toBe(status === "fail" || of("admission policies")?.status === "fail");
  });
});

describe("the installation", () => {
  it("without the kinds reads, and says how to install them", async () => {
    const bare = await startSandbox({ crds: false });
    const { of, code } = await doctor({ KUBECONFIG: await kubeconfigFile(bare.kubeconfig) });
    await bare.stop();
    expect(of("kinds")).toMatchObject({ status: "warn", change: "Install them: sre-agent crds apply" });
    expect([of("SrePolicy"), of("admission policies"), code]).toEqual([undefined, undefined, 0]);
  });

  it("without one of the kinds", async () => {
    await askSandbox(sandbox, {
      method: "DELETE",
      path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/sretriggers.sre-agent.dev",
    });
    expect((await doctor()).of("kinds")).toMatchObject({ status: "fail", found: "missing: sretriggers" });
  });

  it("with a kind of another version", async () => {
    const name = "sretriggers.sre-agent.dev";
    sandbox.apply({
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name },
      spec: {
        versions: [{ name: "v1alpha1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    });
    expect((await doctor()).of("kinds")).toMatchObject({ status: "fail", found: "of another version: sretriggers" });
  });

  it("without admission policies, unbound, or bound without denying", async () => {
    expect((await doctor()).of("admission policies")).toMatchObject({
      status: "fail",
      found: expect.stringMatching(/^missing: /),
    });
    sandbox.apply(...walls().filter(({ kind }) => !kind.endsWith("Binding")));
    expect((await doctor()).of("admission policies")).toMatchObject({ found: expect.stringMatching(/^not bound: /) });
    const soft = walls().map((wall) =>
      wall.kind.endsWith("Binding")
        ? { ...wall, spec: { ...Object(wall["spec"]), validationActions: ["Warn"] } }
        : wall,
    );
    sandbox.apply(...soft);
    const check = (await doctor()).of("admission policies");
    expect(check).toMatchObject({
      status: "fail",
      found: expect.stringMatching(/do not deny/),
      change: expect.stringMatching(/30-admission/),
    });
  });

  it("with an admission policy that lets through, or a binding that looks away", async () => {
    const [first, ...others] = walls().filter(({ kind }) => !kind.endsWith("Binding"));
    const bindings = walls().filter(({ kind }) => kind.endsWith("Binding"));
    const open = { ...first, spec: { ...Object(first?.["spec"]), validations: [{ expression: "true" }] } } as Manifest;
    sandbox.apply(open, ...others, ...bindings);
    const found = `not as this version has them: ${first?.metadata?.name}`;
    expect((await doctor()).of("admission policies")).toMatchObject({ status: "fail", found });
    const narrow = { matchResources: { namespaceSelector: { matchLabels: { guarded: "yes" } } } };
    const away = bindings.map((each) => ({ ...each, spec: { ...Object(each["spec"]), ...narrow } }) as Manifest);
    sandbox.apply(...walls().filter(({ kind }) => !kind.endsWith("Binding")), ...away);
    expect((await doctor()).of("admission policies")).toMatchObject({
      status: "fail",
      found: expect.stringMatching(/^not as this version has them: .*, /),
    });
  });

  it("with a namespace that the policy opens and nobody opted in", async () => {
    sandbox.apply(ruled, { apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM } });
    const acting = async (namespace: string) => (await doctor({}, "-n", namespace)).of(`acting in ${namespace}`);
    expect(await acting("default")).toBeUndefined();
    const { act } = SERVICE_ACCOUNTS;
    const selector = { matchLabels: { app: act } };
    const metadata = { name: act, namespace: SYSTEM };
    sandbox.apply({
      ...{ apiVersion: "apps/v1", kind: "Deployment", metadata },
      spec: { replicas: 0, selector, template: TEMPLATE(act) },
    });
    expect(await acting("kube-system")).toMatchObject({ status: "ok", found: "mode observe: protected always" });
    expect(await acting("default")).toMatchObject({ status: "warn", found: expect.stringMatching(/no SreAction/) });
    sandbox.apply({
      ...{ apiVersion: "sre-agent.dev/v1alpha1", kind: "SreAction" },
      metadata: { name: "roll-back", namespace: "default" },
      spec: { type: "Rollback", targets: [{ kind: "Deployment", names: ["web"] }] },
    });
    expect(await acting("default")).toMatchObject({
      status: "warn",
      found: "mode approve, and no RoleBinding to sre-mcp-act-write: no change can be made",
      change: expect.stringMatching(/opt-in\.yaml, in namespace default/),
    });
    const named = optIn("default") as Manifest;
    sandbox.apply({ ...named, metadata: { ...named.metadata, name: "under-another-name" } });
    expect(await acting("default")).toMatchObject({ status: "ok", found: "mode approve: rule 1" });
    const narrow = async (hidden: string) => {
      sandbox.setRule("narrow", ({ resource }) => resource !== hidden);
      const config = JSON.parse(sandbox.kubeconfig);
      config.users[0].user.token = sandbox.tokenFor("narrow");
      const { of } = await doctor({ KUBECONFIG: await kubeconfigFile(JSON.stringify(config)) }, "-n", "default");
      return of("acting in default");
    };
    expect(await narrow("sreactions")).toMatchObject({ status: "warn", found: "SreActions may not be listed" });
    expect(await narrow("rolebindings")).toMatchObject({ status: "ok" });
    expect(await narrow("srepolicies")).toBeUndefined();
  });

  it("with an operator whose secret the agent does not know, or an agent that is gone", async () => {
    expect((await doctor()).of("investigations")).toMatchObject({ status: "ok" });
    const message = "The agent did not serve /decide: UNAUTHENTICATED. Give operator and agent the same secret.";
    sandbox.apply({
      ...{ apiVersion: "sre-agent.dev/v1alpha1", kind: "SreInvestigation" },
      metadata: { name: "unwell-1", namespace: "default" },
      spec: { target: { kind: "Deployment", name: "web" }, symptom: "slow" },
    });
    const lastTransitionTime = "2026-01-02T03:04:05Z";
    const stalled = { type: "Stalled", status: "True", reason: "AgentUnavailable", lastTransitionTime, message };
    const path = "/apis/sre-agent.dev/v1alpha1/namespaces/default/sreinvestigations/unwell-1/status";
    const body = { status: { conditions: [stalled] } };
    await askSandbox(sandbox, { method: "PATCH", path, body });
    const { of, code } = await doctor();
    expect(code).toBe(1);
    expect(of("investigations")).toMatchObject({
      status: "fail",
      found: `1 waiting for the agent: ${message}`,
      change: "Look at one: kubectl -n default describe sreinvestigation unwell-1",
    });
  });

  it.each([
    ["no policy", undefined, "warn", /nothing is ever changed/],
    ["the kill switch", policy({ mode: "off" }), "warn", /kill switch is on/],
    ["no rule", policy({ mode: "approve" }), "warn", /observe everywhere/],
    ["a window on Mars", windowed({ timeZone: "Mars/Base" }), "fail", /a window that never opens: rule 1$/],
    ["a window over midnight", windowed({ from: "22:00" }), "fail", /a window that never opens: rule 1$/],
  ])("with %s", async (_, given, status, found) => {
    if (given !== undefined) sandbox.apply(given);
    expect((await doctor()).of("SrePolicy")).toMatchObject({ status, found: expect.stringMatching(found) });
  });

  it("with processes that are missing, not ready or not led", async () => {
    const deployment = (name: string, readyReplicas: number): Manifest => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name, namespace: SYSTEM },
      // Without pods the sandbox's controller leaves the status that is written here.
      spec: { replicas: readyReplicas, selector: { matchLabels: { app: name } }, template: TEMPLATE(name) },
    });
    sandbox.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: SYSTEM } });
    const { operator, act, agent, read } = SERVICE_ACCOUNTS;
    sandbox.apply(deployment(operator, 0), deployment(act, 1), deployment(agent, 1));
    const data = {
      ...{ MODEL_BACKEND: "responses", AZURE_OPENAI_DEPLOYMENT: "small", AZURE_OPENAI_API_KEY_FILE: "/key" },
      AZURE_OPENAI_ENDPOINT: "https://r.openai.azure.com/openai/v1/",
    };
    sandbox.apply({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: `${agent}-settings`, namespace: SYSTEM },
      data,
    });
    sandbox.apply(lease("sre-agent-act", "2020-01-01T00:00:00.000000Z"));
    const states = async () => {
      const { of } = await doctor();
      return [operator, act, read, agent].map((name) => `${of(name)?.status} ${of(name)?.found}`);
    };
    await expect
      .poll(states, { timeout: 50_000, interval: 200 })
      .toEqual([
        "warn scaled to 0",
        expect.stringMatching(/^fail 1 of 1 ready, and Lease sre-agent-act was renewed \d+ s ago$/),
        "fail missing beside the others",
        "ok 1 of 1 ready; small through responses at r.openai.azure.com",
      ]);
  });
});

const TEMPLATE = (app: string) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: app, image: "app:1" }] },
});

const CHAT = {
  MODEL_BACKEND: "chat",
  AZURE_OPENAI_ENDPOINT: "http://127.0.0.1:9/v1/",
  AZURE_OPENAI_DEPLOYMENT: "gpt-5",
};

describe("settings", () => {
  it("of the model, each fault at once", async () => {
    const { of, code } = await doctor({ MODEL_BACKEND: "responses", MODEL_PRICE_INPUT: "1" });
    expect(code).toBe(1);
    expect(of("model")).toMatchObject({
      status: "fail",
      found: expect.stringMatching(/AZURE_OPENAI_ENDPOINT[\s\S]*AZURE_OPENAI_DEPLOYMENT/),
    });
    const asked = await doctor({}, "--model");
    expect(asked.of("model")).toMatchObject({ status: "fail", change: expect.stringMatching(/Set MODEL_BACKEND/) });
  });

  it("of the model's prices, which a budget of money needs", async () => {
    const MODEL = {
      ...{ MODEL_BACKEND: "chat", AZURE_OPENAI_ENDPOINT: "http://127.0.0.1:9/v1/", AZURE_OPENAI_DEPLOYMENT: "small" },
      AZURE_OPENAI_API_KEY: "key-1",
    };
    const found = /budget of money \(--max-cost, costMicroUsd\) needs MODEL_PRICE_INPUT and MODEL_PRICE_OUTPUT/;
    expect((await doctor(MODEL)).of("model prices")).toMatchObject({
      status: "ok",
      found: expect.stringMatching(found),
    });
    const priced = await doctor({ ...MODEL, MODEL_PRICE_INPUT: "0.25", MODEL_PRICE_OUTPUT: "2" });
    expect(priced.of("model prices")?.found).toBe(
      "0.25 USD for a million input tokens, 2 USD for a million output tokens",
    );
  });

  it("of Prometheus and Loki: not a URL, not there, well and unwell", async () => {
    const server = createServer(
      (request, response) => void response.writeHead(request.url === "/ready" ? 503 : 200).end(),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const both = await doctor({ PROMETHEUS_URL: url, LOKI_URL: url });
    expect(both.of("Prometheus")).toMatchObject({ status: "ok" });
    expect(both.of("Loki")).toMatchObject({ status: "warn", found: expect.stringMatching(/status 503/) });
    await new Promise((resolve) => server.close(resolve));
    const gone = await doctor({ PROMETHEUS_URL: url, LOKI_URL: "loki:3100:x" });
    expect(gone.of("Prometheus")).toMatchObject({ status: "warn", found: expect.stringMatching(/ECONNREFUSED/) });
    expect(gone.of("Loki")).toMatchObject({
      status: "fail",
      found: expect.stringMatching(/^LOKI_URL expected an http/),
    });
  });

  it("of secrets in files that cannot be read", async () => {
    const file = { PROMETHEUS_URL: "http://127.0.0.1:9", PROMETHEUS_TOKEN_FILE: "/nowhere", ...CHAT };
    const { of, code } = await doctor({ ...file, AZURE_OPENAI_API_KEY_FILE: "/nowhere" });
    expect(code).toBe(1);
    for (const name of ["Prometheus", "model"]) {
      expect(of(name)).toMatchObject({
        status: "fail",
        found: expect.stringMatching(/^The secret file \/nowhere cannot be used\. ENOENT/),
        change: expect.stringMatching(/^Mount the Secret there/),
      });
    }
  });
});

it("reads as lines, each with what to do", async () => {
  const { code, stdout, stderr } = await call(["doctor"], { KUBECONFIG });
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /^ok {4}kubeconfig {13}user [\s\S]*\nfail {2}admission policies {5}missing: .*\n {29}→ Install them: kubectl apply/,
  );
  expect(stderr).toMatch(/1 of \d+ checks failed/);
});

it("fails where the namespace that was named does not exist, with the nearest one", async () => {
  const { code, of } = await doctor({}, "-n", "defautl");
  expect(code).toBe(1);
  expect(of("namespace")).toMatchObject({ status: "fail", found: expect.stringMatching(/Did you mean "default"/) });
});

it("judges nothing when it was interrupted", async () => {
  const stopped = AbortSignal.abort(new UserError("Stopped by a signal.", { exitCode: 130 }));
  const { code, stdout } = await call(["doctor"], { KUBECONFIG }, stopped);
  expect([code, stdout]).toEqual([130, ""]);
});
