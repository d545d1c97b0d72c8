import { randomBytes } from "node:crypto";
import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Finding } from "@sre-agent/crds";
import { type Connection, connect, createInstaller, type NewObject } from "@sre-agent/kube";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { call } from "./call.ts";

// Pods start when the machine has time for them.
vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });
const POLL = { timeout: 200_000, interval: 1_000 };

const KUBECONFIG = process.env["KUBECONFIG"] ?? "";
const namespace = `cli-investigate-${randomBytes(3).toString("hex")}`;
const SECRET = `canary-${randomBytes(6).toString("hex")}`;
let connection: Connection;
let folder: string;

const NEEDS_URL = 'if [ -z "$DATABASE_URL" ]; then echo "fatal: DATABASE_URL is not set"; exit 1; fi; sleep 36000';

function deployment(name: string, container: object): NewObject {
  const labels = { app: name };
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          terminationGracePeriodSeconds: 0,
          containers: [{ name: "app", image: "localhost/toolbox:1", imagePullPolicy: "Never", ...container }],
        },
      },
    },
  };
}

const web = (env: readonly object[]) => deployment("web", { command: ["sh", "-c", NEEDS_URL], env });

beforeAll(async () => {
  connection = await connect({ kubeconfig: KUBECONFIG });
  folder = await mkdtemp(join(tmpdir(), "cli-cluster-"));
  const { apply } = createInstaller(connection);
  await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } });
  await apply({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "db", namespace },
    stringData: { password: SECRET },
  });
  await apply({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace },
    spec: { selector: { app: "wbe" }, ports: [{ port: 80, targetPort: 8080 }] },
  });
  await apply(web([{ name: "DATABASE_URL", value: `postgres://shop:${SECRET}@db/shop` }]));
  await apply(deployment("lost", { image: "localhost/not-there:1" }));
  await vi.waitUntil(async () => /lost/.test((await run("diagnose", "-n", namespace)).stdout), POLL);
  await apply(web([{ name: "LOG_LEVEL", value: "debug" }]));
  const found = async () => (await run("diagnose", "-n", namespace)).stdout;
  await vi.waitUntil(async () => /DATABASE_URL is not set/.test(await found()), POLL);
});
afterAll(async () => {
  await createInstaller(connection).delete({ apiVersion: "v1", kind: "Namespace", name: namespace });
  await connection.close();
});

const run = (...args: readonly string[]) => call(args, { KUBECONFIG });

describe("on a real cluster", () => {
  it("investigates a broken Deployment, and its transcript can be verified", async () => {
    const file = join(folder, "run.json");
    const { code, stdout, stderr } = await run("investigate", "deployment/web", "-n", namespace, "--transcript", file);
    expect([code, stderr]).toEqual([0, expect.stringMatching(/→ diagnose[\s\S]*■ decision/)]);
    expect(stdout).toMatch(/DATABASE_URL is not set[\s\S]*What it rests on[\s\S]*\[ev-\w+\] diagnose: /);
    expect(stdout + stderr).not.toContain(SECRET);
    const read = await run("transcript", "--file", file);
    expect([read.code, read.stdout]).toEqual([0, expect.stringMatching(/the hash chain is whole[\s\S]*DATABASE_URL/)]);
  });

  it("replays a capture with the same findings, and without the secret", async () => {
    const file = join(folder, "shop.incident");
    // A pod may restart between the two: then they are taken again.
    const same = async () => {
      const path = `${file}-${randomBytes(3).toString("hex")}`;
      const captured = await run("capture", "-n", namespace, "-o", path);
      const onCluster = await run("diagnose", "-n", namespace, "-o", "json");
      const replayed = await run("replay", path, "-o", "json");
      expect([captured.code, replayed.code]).toEqual([0, 0]);
      expect(replayed.stdout + onCluster.stdout).not.toContain(SECRET);
      return [told(replayed.stdout), told(onCluster.stdout)];
    };
    await expect.poll(async () => allEqual(await same()), POLL).toBe(true);
    const [findings = []] = await same();
    expect(findings.length).toBeGreaterThanOrEqual(3);
  });

  it("shows a wrong selector as a patch that the API server takes", async () => {
    const { stdout } = await run("diagnose", "-n", namespace);
    expect(stdout).toMatch(
      /- \/spec\/selector\/app: "wbe"\n +\+ \/spec\/selector\/app: "web"\n +kubectl patch service web -n /,
    );
  });

  it("examines the cluster", async () => {
    const { stdout } = await run("doctor", "-n", namespace, "-o", "json");
    const states = JSON.parse(stdout).map(({ name, status }: { name: string; status: string }) => [name, status]);
    expect(Object.fromEntries(states)).toMatchObject({ kubeconfig: "ok", "API server": "ok", kinds: "ok" });
  });
});

/** Findings without what changes from one second to the next: counts and times. */
function told(json: string): readonly string[] {
  const findings: readonly Finding[] = JSON.parse(json);
  return findings.map(({ id, cause, fix }) => `${id} ${cause} ${fix?.summary}`);
}

const allEqual = ([one, other]: readonly (readonly string[])[]) => JSON.stringify(one) === JSON.stringify(other);
