import type { LinkOptions, McpServerLink } from "./mcp-server-link.ts";

/** The link to a server, loaded with its first use: the SDK is large, and the agent answers probes before it reaches a server. */
export function lazyLink(options: LinkOptions): McpServerLink {
  let loaded: Promise<McpServerLink> | undefined;
  const load = () => {
    loaded ??= import("./mcp-server-link.ts").then(({ linkMcpServer }) => linkMcpServer(options));
    return loaded;
  };
  return {
    list: async (signal) => (await load()).list(signal),
    call: async (call) => (await load()).call(call),
    close: async () => (await loaded)?.close(),
  };
}
