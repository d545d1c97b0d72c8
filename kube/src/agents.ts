import { setTimeout as pause } from "node:timers/promises";
import type { Dispatcher } from "undici";
import type { ClusterTarget, Credential } from "./credentials.ts";

/** Long watches would fill the pool that reads wait for, so each has an own one. */
export interface Agents {
  readonly requests: Dispatcher;
  readonly watches: Dispatcher;
}

/** The pooled connections to one API server, made anew when its CA or our client certificate changes. */
export interface AgentPool {
  readonly origin: string;
  /** Path that the server's URL has before `/api`, without a trailing slash; mostly empty. */
  readonly basePath: string;
  current(credential: Credential): Promise<Agents>;
  close(): Promise<void>;
}

/** PEM texts. */
export interface Tls {
  readonly authority: string | undefined;
  readonly certificate: string | undefined;
  readonly key: string | undefined;
}

const GRACE_MS = 200;

export function createAgents(target: ClusterTarget): AgentPool {
  const url = new URL(target.server);
  let tls: Tls | undefined;
  let agents: Promise<Agents> | undefined;

  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ""),
    async current({ certificate, key }) {
      const wanted: Tls = { authority: await target.authority?.read(), certificate, key };
      if (agents !== undefined && tls !== undefined && sameTls(tls, wanted)) return agents;
      const old = agents;
      tls = wanted;
      agents = openLazily(target, wanted);
      // Requests under way end on the old connections.
      void old?.then(closeGracefully);
      return agents;
    },
    async close() {
      const open = await agents;
      if (open === undefined) return;
      // A request that was aborted a moment ago still has its HTTP/2 stream, on which nobody listens for errors any more:
      // to destroy it would be an uncaught exception. What is still wanted after this time is cut off.
      const ended = new AbortController();
      const graceOver = pause(GRACE_MS, undefined, { signal: ended.signal }).catch(() => undefined);
      await Promise.race([closeGracefully(open), graceOver]);
      ended.abort();
      await Promise.all([open.requests.destroy(), open.watches.destroy()]);
    },
  };
}

function sameTls(a: Tls, b: Tls): boolean {
  return a.authority === b.authority && a.certificate === b.certificate && a.key === b.key;
}

async function openLazily(target: ClusterTarget, tls: Tls): Promise<Agents> {
  // Loaded at the first request: 90 ms and 28 MB that a process without a cluster never needs.
  const { openAgents } = await import("./open-agents.ts");
  return openAgents(target, tls);
}

async function closeGracefully({ requests, watches }: Agents): Promise<void> {
  await Promise.allSettled([requests.close(), watches.close()]);
}
