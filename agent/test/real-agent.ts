import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseAgentConfig, startAgent } from "@sre-agent/agent";
import { API_VERSION } from "@sre-agent/crds";
import { createLogger, createMetrics } from "@sre-agent/frame";
import { type Connection, connect, createInstaller, createReader, createReviewer, systemClock } from "@sre-agent/kube";
import { createCall, readTools } from "@sre-agent/mcp-server";
import { startHttp } from "@sre-agent/mcp-server/http";
import { createPseudonyms } from "@sre-agent/redaction";
import { INCIDENTS, type Sandbox, startSandbox } from "@sre-agent/sandbox";

export const AGENT = "system:serviceaccount:sre-system:sre-agent";

/** The agent's service before the read server as both are shipped, in front of a sandbox cluster. */
export interface RealAgent {
  readonly url: string;
  readonly sandbox: Sandbox;
  /** Holds the agent's token for the read server; it is refused until another one is written. */
  readonly tokenFile: string;
  readonly run: { readonly namespace: string; readonly name: string; readonly uid: string };
  stop(): Promise<void>;
}

type Cleanup = (() => unknown)[];

/** @param environment Settings beside those that are needed. */
export async function startRealAgent(environment: Readonly<Record<string, string>> = {}): Promise<RealAgent> {
  const cleanup: Cleanup = [];
  const sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
  cleanup.push(() => sandbox.stop());
  const connection = await connect({ server: sandbox.url, token: sandbox.tokenFor("mcp-read") });
  cleanup.push(() => connection.close());
  const { metadata } = await createInstaller(connection).apply({
    apiVersion: API_VERSION,
    kind: "SreInvestigation",
    metadata: { name: "run-1", namespace: "shop" },
    spec: { target: { kind: "Deployment", name: "web" }, symptom: "it fails" },
  });
  const folder = mkdtempSync(join(tmpdir(), "agent-"));
  cleanup.push(() => rmSync(folder, { recursive: true }));
  const readUrl = await startReads(connection, cleanup);
  const url = await startService({ ...environment, MCP_READ_URL: readUrl }, folder, cleanup);
  return {
    ...{ url, sandbox, tokenFile: join(folder, "token") },
    run: { namespace: "shop", name: "run-1", uid: metadata.uid },
    async stop() {
      for (const stop of cleanup.splice(0).reverse()) await stop();
    },
  };
}

async function startReads(connection: Connection, cleanup: Cleanup): Promise<string> {
  const pseudonym = createPseudonyms(randomBytes(32));
  const reader = createReader(connection);
  const reviewer = createReviewer(connection);
  const tools = readTools({ reader, reviewer, now: systemClock.now, pseudonym, namespace: "shop" });
  const http = await startHttp({
    server: {
      ...{ name: "reads", version: "0.0.0", instructions: "" },
      guides: true,
      descriptors: async () => tools.map(({ descriptor }) => descriptor),
      call: createCall({
        ...{ tools, reader, pseudonym, now: systemClock.now, onCall: () => undefined },
        reviewer: createReviewer(connection),
        runPrincipals: [AGENT],
      }),
    },
    ...{ reviewer: createReviewer(connection), now: systemClock.now, host: "127.0.0.1", port: 0 },
    logger: await createLogger({ component: "mcp-read", level: "error" }),
    metrics: await createMetrics({ component: "mcp-read", processMetrics: false }),
    ...{ allowedHosts: [], requestsPerMinute: 10_000 },
  });
  cleanup.push(() => http.stop(0));
  return `${http.url}/mcp`;
}

async function startService(
  environment: Readonly<Record<string, string>>,
  folder: string,
  cleanup: Cleanup,
): Promise<string> {
  writeFileSync(join(folder, "token"), "expired");
  writeFileSync(join(folder, "secret"), "s3cret\n");
  const parsed = parseAgentConfig({
    ...{ PORT: "0", AGENT_SECRET_FILE: join(folder, "secret"), MCP_TOKEN_FILE: join(folder, "token") },
    ...environment,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  const server = await startAgent(parsed.config, await createLogger({ component: "agent", level: "error" }));
  cleanup.push(() => server.stop(0));
  return server.url;
}
