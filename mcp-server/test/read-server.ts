import { randomBytes } from "node:crypto";
import { createLogger, createMetrics } from "@sre-agent/frame";
import { type Connection, connect, createReader, createReviewer, systemClock } from "@sre-agent/kube";
import { createPseudonyms } from "@sre-agent/redaction";
import { INCIDENTS, type Incident, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { startHttp } from "../src/http.ts";
import { createCall, createComplete, readTools, type Tool } from "../src/index.ts";

export const AGENT = "system:serviceaccount:sre-system:sre-agent";

/** A read server over HTTP in front of a sandbox cluster with the bad release in it. */
export interface ReadServer {
  readonly sandbox: Sandbox;
  readonly connection: Connection;
  readonly url: string;
  tokenOf(user: string): string;
  stop(): Promise<void>;
}

interface ReadServerOptions {
  readonly requestsPerMinute?: number;
  /** Instead of the bad release. */
  readonly incident?: Incident;
}

export async function startReadServer(options: ReadServerOptions = {}): Promise<ReadServer> {
  const sandbox = await startSandbox({ incident: options.incident ?? INCIDENTS["bad-release"] });
  const connection = await connect({ server: sandbox.url, token: sandbox.tokenFor("mcp-read") });
  const logger = await createLogger({ component: "mcp-read", level: "error" });
  const tools = toolsOf(connection);
  const calls = {
    tools,
    reader: createReader(connection),
    reviewer: createReviewer(connection),
    pseudonym: createPseudonyms(randomBytes(32)),
    runPrincipals: [AGENT],
    now: systemClock.now,
    onCall: () => undefined,
  };
  const http = await startHttp({
    server: {
      name: "test",
      version: "0.0.0",
      instructions: "",
      guides: true,
      descriptors: async () => tools.map(({ descriptor }) => descriptor),
      call: createCall(calls),
      complete: createComplete(calls),
    },
    reviewer: createReviewer(connection),
    logger,
    metrics: await createMetrics({ component: "mcp-read", processMetrics: false }),
    now: systemClock.now,
    host: "127.0.0.1",
    port: 0,
    allowedHosts: [],
    requestsPerMinute: options.requestsPerMinute ?? 1_000,
  });
  return {
    sandbox,
    connection,
    url: http.url,
    tokenOf: (user) => sandbox.tokenFor(user, [], ["sre-agent"]),
    async stop() {
      await http.stop(1_000);
      await connection.close();
      await sandbox.stop();
    },
  };
}

function toolsOf(connection: Connection): readonly Tool[] {
  return readTools({
    reader: createReader(connection),
    reviewer: createReviewer(connection),
    now: systemClock.now,
    pseudonym: createPseudonyms(randomBytes(32)),
    namespace: "shop",
  });
}
