import { lazy } from "@sre-agent/frame";
import type { LinkOptions, McpServerLink } from "./mcp-server-link.ts";

/** The link to a server, loaded with its first use: the SDK is large, and the agent answers probes before it reaches a server. */
export function lazyLink(options: LinkOptions): McpServerLink {
  const link = lazy(async () => (await import("./mcp-server-link.ts")).linkMcpServer(options));
  return {
    list: async (signal) => (await link.get()).list(signal),
    call: async (call) => (await link.get()).call(call),
    close: async () => (await link.made)?.close(),
  };
}
