import { deny } from "@sre-agent/crds";
import { createLogger, type Logger, type LogLevel } from "@sre-agent/frame";
import { type Connection, isKubeError, whoAmI } from "@sre-agent/kube";
import {
  actTools,
  type Backends,
  CATALOG,
  offeredReadTools,
  type ServerOptions,
  serveOnStdio,
  type Tool,
  type ToolDescriptor,
  type WireReply,
  wireReply,
} from "@sre-agent/mcp-server";
import type { Pseudonym } from "@sre-agent/redaction";
import { mcpServerOptions, newPseudonym, readToolsOf, serverInfo } from "./mcp-server-options.ts";

export interface LocalServerOptions {
  readonly role: "read" | "act" | "all";
  readonly logLevel: LogLevel;
  readonly backends: Backends;
  /** Called at the first tool call: `initialize` and the list need no cluster. */
  readonly connect: () => Promise<Connection>;
}

type Call = ServerOptions["call"];

/** MCP on standard input and output, with the rights of the person's own kubeconfig. Ends when the client hangs up. */
export async function serveLocally(options: LocalServerOptions, signal: AbortSignal): Promise<void> {
  const logger = await createLogger({ component: "mcp", level: options.logLevel });
  let ready: Promise<Call> | undefined;
  const call: Call = async (wireCall) => {
    ready ??= openCluster(options, logger);
    // A cluster that was away may be back: the next call tries again.
    ready.catch(() => {
      ready = undefined;
    });
    try {
      return (await ready)(wireCall);
    } catch (error) {
      return clusterUnavailable(error);
    }
  };
  const descriptors = offeredTools(options);
  const info = { ...serverInfo([]), descriptors };
  const server = serveOnStdio({ ...info, call }, (error) => logger.warn("the client's message failed", { error }));
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

/** The client's model reads this: what is missing and what to do, as any other refusal. */
function clusterUnavailable(error: unknown): WireReply {
  if (!isKubeError(error)) throw error;
  const denial = deny("CLUSTER_UNAVAILABLE", error.message, "Give a kubeconfig: KUBECONFIG or --kubeconfig FILE.");
  return wireReply({ ok: false, denial }, { pseudonym: newPseudonym(), narrow: "" });
}

async function openCluster(options: LocalServerOptions, logger: Logger): Promise<Call> {
  const connection = await options.connect();
  const pseudonym = newPseudonym();
  const tools = await toolsOf(options, connection, pseudonym);
  const localCaller = await whoAmI(connection);
  const server = mcpServerOptions({
    tools,
    connection,
    pseudonym,
    runPrincipals: [],
    localCaller,
    logger,
    onCall: () => undefined,
  });
  return server.call;
}

async function toolsOf(
  { role, backends }: LocalServerOptions,
  connection: Connection,
  pseudonym: Pseudonym,
): Promise<readonly Tool[]> {
  const { namespace } = connection;
  const usual = namespace === undefined ? {} : { namespace };
  const read = role === "act" ? [] : readToolsOf({ connection, pseudonym, backends, ...usual });
  if (role === "read") return read;
  const { localActHandlers } = await import("./local-act.ts");
  return [...read, ...actTools(localActHandlers(connection))];
}
