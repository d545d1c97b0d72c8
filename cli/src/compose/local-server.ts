import { createLogger, type LogLevel } from "@sre-agent/frame";
import type { Connection } from "@sre-agent/kube";
import { type Backends, CATALOG, offeredReadTools, serveOnStdio, type ToolDescriptor } from "@sre-agent/mcp-server";
import type { LocalCalls } from "./mcp-server-options.ts";
import { serverInfo } from "./server-info.ts";

export interface LocalServerOptions {
  readonly role: "read" | "act" | "all";
  readonly logLevel: LogLevel;
  readonly backends: Backends;
  /** Called at the first tool call: `initialize` and the list need no cluster. */
  readonly connect: () => Promise<Connection>;
}

/** MCP on standard input and output, with the rights of the person's own kubeconfig. Ends when the client hangs up. */
export async function serveLocally(options: LocalServerOptions, signal: AbortSignal): Promise<void> {
  const logger = await createLogger({ component: "mcp", level: options.logLevel });
  let calls: Promise<LocalCalls> | undefined;
  // Clients start every server they know: what answers calls loads when one comes.
  const opened = () => {
    calls ??= import("./local-calls.ts").then(({ createLocalCalls }) => createLocalCalls(options, logger));
    return calls;
  };
  const server = serveOnStdio(
    {
      ...serverInfo(offeredTools(options)),
      call: async (wireCall) => (await opened()).call(wireCall),
      complete: async (wire) => (await opened()).complete(wire),
    },
    (error) => logger.warn("the client's message failed", { error }),
  );
  await new Promise<void>((resolve) => {
    process.stdin.once("close", resolve);
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  await server.close();
}

/** Whether the cluster serves a metrics API is not known before the first call: the tool is offered and says so. */
function offeredTools({ role, backends }: LocalServerOptions): readonly ToolDescriptor[] {
  const read = offeredReadTools({ metrics: true, logs: backends.loki !== undefined });
  const act = CATALOG.filter((tool) => tool.role === "act");
  return [...(role === "act" ? [] : read), ...(role === "read" ? [] : act)];
}
