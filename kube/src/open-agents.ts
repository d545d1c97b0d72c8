import { subscribe } from "node:diagnostics_channel";
import type { ClientHttp2Stream } from "node:http2";
import { Agent, type Dispatcher, ProxyAgent } from "undici";
import type { Agents, Tls } from "./agents.ts";
import type { ClusterTarget } from "./credentials.ts";

/** A page of a list comes without waiting in between for our word that its first part is here, however far away it is. */
const WINDOWS = { initialWindowSize: 4 * 1024 * 1024, connectionWindowSize: 16 * 1024 * 1024 };

// undici lets go of a stream that is closed with something unread in it, and of its errors: when the session ends, which it
// does with an error, that would be an uncaught exception. Whoever still waits for an answer is told by other means.
subscribe("http2.client.stream.created", (message) => {
  const { stream } = message as { readonly stream: ClientHttp2Stream };
  stream.on("error", () => undefined);
});

/** The only importer of undici, itself imported lazily: a bundle gives a CommonJS package's names only this way. */
export function openAgents(target: ClusterTarget, tls: Tls): Agents {
  const connect = {
    timeout: 5_000,
    keepAlive: true,
    rejectUnauthorized: target.insecure !== true,
    ...(tls.authority === undefined ? {} : { ca: tls.authority }),
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(target.serverName === undefined ? {} : { servername: target.serverName }),
  };
  const open = (options: Agent.Options): Dispatcher =>
    target.proxyUrl === undefined
      ? new Agent({ ...options, connect })
      : new ProxyAgent({ ...options, uri: target.proxyUrl, requestTls: connect });
  // undici joins a repeated header into one on HTTP/2, and the API server would read one group with a comma in its name.
  const allowH2 = (target.impersonate?.groups?.length ?? 0) < 2;
  const common = { allowH2, ...WINDOWS, keepAliveTimeout: 30_000, headersTimeout: 0, bodyTimeout: 0 };
  // A watch takes a connection of its own in HTTP/1.1: closing an HTTP/2 session whose streams were aborted a moment ago
  // is an uncaught exception on a busy machine.
  return { requests: open({ ...common, connections: 8 }), watches: open({ ...common, allowH2: false }) };
}
