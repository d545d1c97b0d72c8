import { randomBytes } from "node:crypto";
import { EVIDENCE_META_KEY } from "@sre-agent/crds";
import { type Connection, connect, createInstaller, createReader, createReviewer, systemClock } from "@sre-agent/kube";
import { createPseudonyms } from "@sre-agent/redaction";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCall, readTools, type WireReply } from "../src/index.ts";

const NAMESPACE = `mcp-server-${randomBytes(3).toString("hex")}`;
let connection: Connection;

function call(name: string, args: object): Promise<WireReply> {
  const reader = createReader(connection);
  const pseudonym = createPseudonyms(randomBytes(32));
  return createCall({
    tools: readTools({
      reader,
      reviewer: createReviewer(connection),
      now: systemClock.now,
      pseudonym,
      namespace: NAMESPACE,
    }),
    reader,
    reviewer: createReviewer(connection),
    pseudonym,
    localCaller: { username: "test" },
    runPrincipals: [],
    now: systemClock.now,
    onCall: () => undefined,
  })({ name, args, meta: undefined, principal: undefined, signal: new AbortController().signal });
}

const textOf = (reply: WireReply) => reply.content[0]?.text ?? "";

beforeAll(async () => {
  connection = await connect({ kubeconfig: process.env["KUBECONFIG"] ?? "" });
  const installer = createInstaller(connection);
  await installer.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
  const script =
    "echo 'level=info starting'; echo 'FATAL: DATABASE_URL is not set token=abcdef0123456789abcdef'; exit 1";
  const container = {
    name: "app",
    image: "localhost/toolbox:1",
    imagePullPolicy: "Never",
    command: ["sh", "-c", script],
  };
  const labels = { app: "checkout" };
  await installer.apply({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "checkout", namespace: NAMESPACE },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [container] } } },
  });
});
afterAll(async () => {
  await createInstaller(connection).delete({ apiVersion: "v1", kind: "Namespace", name: NAMESPACE });
  await connection.close();
});

describe("on a real cluster", () => {
  it("diagnose names the line that a crash loop ends with, and the tools agree", async () => {
    await expect
      .poll(async () => textOf(await call("diagnose", { kind: "deploy", name: "checkout" })), {
        timeout: 60_000,
        interval: 1_000,
      })
      .toMatch(/Deployment\/checkout.*(exit|crash)[\s\S]*DATABASE_URL is not set/i);
    const reply = await call("diagnose", {});
    const { findings } = reply.structuredContent as { findings: { evidenceId: string; subject: { name: string } }[] };
    expect(findings.map(({ subject }) => subject.name)).toEqual(["checkout"]);
    expect(reply._meta[EVIDENCE_META_KEY]).toEqual([findings[0]?.evidenceId]);
    expect(JSON.stringify(reply)).not.toContain("abcdef0123456789");

    let pods = "";
    // A container counts as ready in the instant between its start and its end.
    await expect
      .poll(
        async () => {
          pods = textOf(await call("resources_list", { kind: "po", onlyUnhealthy: true }));
          return pods;
        },
        { timeout: 20_000, interval: 500 },
      )
      .toContain("1 Pod unhealthy of 1");
    const name = /checkout-[a-z0-9]+-[a-z0-9]+/.exec(pods)?.[0] ?? "";
    expect(textOf(await call("pod_logs", { pod: name }))).toContain("DATABASE_URL is not set");
    expect(textOf(await call("resource_get", { kind: "Pod", name, fields: ["status.phase"] }))).toContain("Running");
    expect(textOf(await call("resource_get", { kind: "Pod", name: `${name}x` }))).toContain(`Names like it: ${name}`);
  });

  it("an expired cursor says what to do", async () => {
    const reply = await call("resources_list", { kind: "Pod", cursor: "bm90IGEgY3Vyc29y" });
    expect([reply.isError, textOf(reply)]).toEqual([true, expect.stringMatching(/^SCHEMA_INVALID: /)]);
  });
});
