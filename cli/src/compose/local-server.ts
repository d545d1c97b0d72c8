import { type Logger, type LogLevel, lazy } from "@sre-agent/frame";
import type { Connection } from "@sre-agent/kube";
import { type Backends, serveOnStdio, type ToolDescriptor } from "@sre-agent/mcp-server";
import { aborted } from "./aborted.ts";
import type { LocalCalls } from "./mcp-server-options.ts";
import { SERVER_INFO } from "./server-info.ts";

export interface LocalServerOptions {
  readonly role: "read" | "act" | "all";
  readonly logLevel: LogLevel;
  readonly backends: () => Promise<Backends>;
  /** Called at the first tool call: `initialize` and the list need no cluster. */
  readonly connect: () => Promise<Connection>;
}

/**
 * MCP on standard input and output, with the rights of the person's own kubeconfig. Ends when the client hangs up.
 * Clients start every server they know: the tools load when they are listed or called, and logging with its first line.
 */
export async function serveLocally(options: LocalServerOptions, signal: AbortSignal): Promise<void> {
  const logger = lazy(() => openLog(options.logLevel));
  const calls = lazy(() => openCalls(options, logger.get));
  const server = serveOnStdio(
    {
      ...SERVER_INFO,
      guides: options.role !== "act",
      descriptors: () => tools(options),
      call: async (wireCall) => (await calls.get()).call(wireCall),
      complete: async (wire) => (await calls.get()).complete(wire),
    },
    (error) => void logger.get().then(({ warn }) => warn("the client's message failed", { error })),
  );
  await new Promise<void>((resolve) => {
    // A file, such as /dev/null, ends without being closed.
    for (const event of ["end", "close"]) process.stdin.once(event, resolve);
    void aborted(signal).then(resolve);
  });
  await server.close();
}

async function openLog(level: LogLevel): Promise<Logger> {
  const { redactedLogger } = await import("./redacted-logger.ts");
  return redactedLogger({ component: "mcp", level });
}

async function openCalls(options: LocalServerOptions, logger: () => Promise<Logger>): Promise<LocalCalls> {
  const { createLocalCalls } = await import("./local-calls.ts");
  return createLocalCalls({ ...options, backends: await options.backends() }, await logger());
}

async function tools({ role, backends }: LocalServerOptions): Promise<readonly ToolDescriptor[]> {
  const { offeredTools } = await import("./offered-tools.ts");
  return offeredTools(role, await backends());
}
