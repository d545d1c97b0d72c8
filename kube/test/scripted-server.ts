import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Clock, type Connection, type ConnectOptions, connect } from "../src/index.ts";

/** One request as a script sees it. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  /** Parsed JSON, undefined when there was none. */
  readonly body: unknown;
}

export type Script = (request: Received, response: ServerResponse) => void;

export interface ScriptedServer {
  readonly url: string;
  readonly connection: Connection;
  /** `GET /api/v1/pods?limit=500`, discovery left out. */
  readonly calls: readonly string[];
  close(): Promise<void>;
}

interface ScriptedOptions {
  readonly clock?: Clock;
  readonly connect?: Partial<ConnectOptions>;
}

const SERVED = [
  { apiVersion: "v1", kind: "ConfigMap", resource: "configmaps", scope: "Namespaced" },
  { apiVersion: "v1", kind: "Secret", resource: "secrets", scope: "Namespaced" },
  { apiVersion: "v1", kind: "Node", resource: "nodes", scope: "Cluster" },
  { apiVersion: "sre-agent.dev/v1alpha1", kind: "SreTrigger", resource: "sretriggers", scope: "Namespaced" },
] as const;

/** A loopback server that answers discovery itself and everything else as `script` says. */
export async function startScriptedServer(script: Script, options: ScriptedOptions = {}): Promise<ScriptedServer> {
  const calls: string[] = [];
  const server = createServer(async (incoming, response) => {
    const url = new URL(incoming.url ?? "/", "http://server");
    if (url.pathname === "/api" || url.pathname === "/apis") {
      answer(response, 200, discoveryOf(url.pathname));
      return;
    }
    const method = incoming.method ?? "";
    calls.push(`${method} ${incoming.url}`);
    const body = await readBody(incoming);
    script({ method, path: url.pathname, query: url.searchParams, headers: incoming.headers, body }, response);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { clock } = options;
  const connection = await connect({ server: url, ...(clock === undefined ? {} : { clock }), ...options.connect });
  return {
    url,
    connection,
    calls,
    async close() {
      await connection.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Ends the response with JSON. */
export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(JSON.stringify(body));
}

/** Ends the response with a metav1.Status. */
export function refuse(response: ServerResponse, code: number, reason: string): void {
  answer(response, code, {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    message: reason,
    reason,
    code,
  });
}

async function readBody(incoming: IncomingMessage): Promise<unknown> {
  let text = "";
  for await (const chunk of incoming) text += chunk;
  return text === "" ? undefined : JSON.parse(text);
}

function discoveryOf(path: string): object {
  const types = SERVED.filter(({ apiVersion }) => apiVersion.includes("/") === (path === "/apis"));
  const items = types.map(({ apiVersion, kind, resource, scope }) => ({
    metadata: { name: apiVersion.includes("/") ? apiVersion.split("/")[0] : "" },
    versions: [
      {
        version: apiVersion.split("/").at(-1),
        resources: [{ resource, responseKind: { kind }, scope, singularResource: "", verbs: ["get", "list", "watch"] }],
      },
    ],
  }));
  return { kind: "APIGroupDiscoveryList", items };
}
