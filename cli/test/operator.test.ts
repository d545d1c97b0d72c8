import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, writeFile } from "node:fs/promises";
import { createServer, connect as dial, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { customResourceDefinition, KINDS } from "@sre-agent/crds";
import { type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { afterEach, describe, expect, it } from "vitest";
import { program } from "../../test/program.ts";
import { kubeconfigFile } from "./run-cli.ts";

const MAIN = program("sre-agent");
/** A slow machine may take long; none of these has to be fast. */
const PATIENCE = { timeout: 80_000, interval: 200 };
const stops: (() => unknown)[] = [];

afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

interface Running {
  readonly url: string;
  readonly lines: readonly string[];
}

/** The operator as a process of its own, with nobody where the agent should be. */
async function startOperator(kubeconfig: string): Promise<Running> {
  const secret = join(await mkdtemp(join(tmpdir(), "operator-test-")), "secret");
  await writeFile(secret, "s");
  const environment = {
    AGENT_URL: "http://127.0.0.1:9",
    AGENT_SECRET_FILE: secret,
    PORT: "0",
    SYSTEM_NAMESPACE: "default",
  };
  const env = { PATH: process.env["PATH"] ?? "", KUBECONFIG: kubeconfig, ...environment };
  const child = spawn(process.execPath, [MAIN, "operator"], { env });
  stops.push(() => stop(child));
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text: Buffer) => lines.push(...text.toString().split("\n")));
  }
  const url = () => /"url":"([^"]+)"/.exec(lines.join("\n"))?.[1];
  await expect.poll(url, PATIENCE).toBeDefined();
  return { url: url() ?? "", lines };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  child.kill("SIGTERM");
  await once(child, "exit");
}

/** `200`, or `503` with the reason. */
async function readiness({ url }: Running): Promise<string> {
  const response = await fetch(`${url}/readyz`);
  return `${response.status} ${await response.text()}`;
}

/** A way to the API server that can be cut and mended. */
async function wayTo(target: string) {
  const { port, hostname } = new URL(target);
  const open = new Set<Socket>();
  const server: Server = createServer((inner) => {
    const outer = dial(Number(port), hostname);
    for (const socket of [inner, outer]) {
      open.add(socket);
      socket.on("error", () => undefined).on("close", () => [inner, outer].map((one) => one.destroy()));
    }
    inner.pipe(outer).pipe(inner);
  });
  const listen = (at: number) => once(server.listen(at, "127.0.0.1"), "listening");
  await listen(0);
  const { port: own } = server.address() as { port: number };
  const cut = async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of open) socket.destroy();
    open.clear();
    await closed;
  };
  stops.push(async () => server.listening && cut());
  return { url: `http://127.0.0.1:${own}`, cut, mend: () => listen(own) };
}

async function sandbox(options: { readonly crds?: boolean } = {}): Promise<Sandbox> {
  const started = await startSandbox(options);
  stops.push(() => started.stop());
  return started;
}

describe("the operator as a process", () => {
  it("says that the kinds are missing, and works once they are there", { timeout: 90_000 }, async () => {
    const cluster = await sandbox({ crds: false });
    const operator = await startOperator(await kubeconfigFile(cluster.kubeconfig));
    await expect
      .poll(() => readiness(operator), PATIENCE)
      .toMatch(/^503 .*does not serve Sre\w+ of sre-agent.dev\/v1alpha1. Install the kinds: sre-agent crds apply/);
    const told = operator.lines.filter((line) => line.includes("sre-agent crds apply"));
    expect(told).not.toEqual([]);
    cluster.apply(...(KINDS.map((kind) => customResourceDefinition(kind)) as never[]));
    await expect.poll(() => readiness(operator), PATIENCE).toMatch(/^200 /);
  });

  it("says that the API server is away, tries again, and goes on where it was", { timeout: 90_000 }, async () => {
    const cluster = await sandbox();
    const way = await wayTo(cluster.url);
    const operator = await startOperator(await kubeconfigFile(cluster.kubeconfig.replaceAll(cluster.url, way.url)));
    await expect.poll(() => readiness(operator), PATIENCE).toMatch(/^200 /);
    await way.cut();
    await expect.poll(() => readiness(operator), PATIENCE).toMatch(/^503 .*API server/);
    expect((await fetch(`${operator.url}/healthz`)).status).toBe(200);
    await expect
      .poll(() => operator.lines.filter((line) => line.includes('"not ready')).length, PATIENCE)
      .toBeGreaterThan(0);
    await way.mend();
    await expect.poll(() => readiness(operator), PATIENCE).toMatch(/^200 /);
    cluster.apply(RUN);
    await expect
      .poll(() => stalled(cluster), PATIENCE)
      .toMatch(/AgentUnavailable .*Check that the agent runs and that AGENT_URL leads to it/);
  });
});

const RUN = {
  apiVersion: "sre-agent.dev/v1alpha1",
  kind: "SreInvestigation",
  metadata: { name: "slow", namespace: "default" },
  spec: { target: { kind: "Namespace" }, symptom: "Pages are slow." },
};

/** Reason and message of the run's condition Stalled, as `kubectl get -o yaml` shows it. */
async function stalled(cluster: Sandbox): Promise<string> {
  const url = `${cluster.url}/apis/sre-agent.dev/v1alpha1/namespaces/default/sreinvestigations/slow`;
  const headers = { authorization: `Bearer ${cluster.tokenFor("tester", ["system:masters"])}` };
  const { status } = (await (await fetch(url, { headers })).json()) as {
    status?: { conditions?: { type: string; reason: string; message: string }[] };
  };
  const found = status?.conditions?.find(({ type }) => type === "Stalled");
  return `${found?.reason} ${found?.message}`;
}
