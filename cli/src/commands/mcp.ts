import { type Environment, LOG_LEVELS, type LogLevel, UserError } from "@sre-agent/frame";
import type { Backends } from "@sre-agent/mcp-server";
import { type Command, type Invocation, textOption, USAGE_EXIT_CODE } from "../command.ts";
import { aborted } from "../compose/aborted.ts";
import { CLUSTER_OPTIONS, connectCluster } from "../compose/cluster.ts";

type Role = "read" | "act" | "all";
const ROLES: readonly Role[] = ["read", "act", "all"];
const STOP_WITHIN_MS = 5_000;

export const command: Command = {
  name: "mcp",
  summary: "Serve the tools over MCP, on stdio or HTTP.",
  description:
    "On stdio it works with the rights of your kubeconfig: reads and previews on any cluster, proposals where the kinds\nare installed. With --http it is a service: callers authenticate with tokens, settings come from the environment.",
  positionals: [],
  options: {
    role: { type: "string", value: "ROLE", description: "Which tools; default all, with --http read.", choices: ROLES },
    http: { type: "boolean", description: "Serve streamable HTTP at /mcp instead of stdio (HOST, PORT)." },
    ...CLUSTER_OPTIONS,
  },
  examples: [
    ["mcp", "for Claude Code, Claude Desktop, VS Code, Cursor: on stdio"],
    ["mcp --role read --context staging", "only the reading tools, of another cluster"],
    ["mcp --http --role act", "the act service of an installation"],
  ],
  async run(invocation) {
    if (invocation.options["http"] === true) return serveHttp(invocation);
    const { serveLocally } = await import("../compose/local-server.ts");
    const role = (textOption(invocation, "role") ?? "all") as Role;
    const logLevel = logLevelOf(invocation);
    const backends = await localBackends(invocation.environment);
    await serveLocally({ role, logLevel, backends, connect: () => connectCluster(invocation) }, invocation.signal);
    return 0;
  },
};

/** A wrong setting ends the program before it serves; who has set none does not pay at each start for reading them. */
async function localBackends(environment: Environment): Promise<() => Promise<Backends>> {
  const read = async () => (await import("../compose/local-backends.ts")).localBackends(environment);
  const isSet = Object.keys(environment).some((name) => /^(PROMETHEUS|LOKI)_/.test(name));
  if (!isSet) return read;
  const backends = await read();
  return async () => backends;
}

const QUIET: LogLevel = "warn";

/** stdio clients show standard error to people: quiet unless asked. A level meant for another program ends nothing. */
function logLevelOf({ environment, terminal }: Invocation): LogLevel {
  const { LOG_LEVEL: asked = "" } = environment;
  const known = LOG_LEVELS.find((level) => level === asked);
  if (asked !== "" && known === undefined) {
    terminal.err(`LOG_LEVEL: expected one of ${LOG_LEVELS.join(", ")}; it is taken for ${QUIET}.`);
  }
  return known ?? QUIET;
}

async function serveHttp(invocation: Invocation): Promise<number> {
  const role = textOption(invocation, "role") ?? "read";
  if (role === "all") {
    const nextStep = "Serve each by itself, under an identity of its own: --role read, --role act.";
    throw new UserError("--role all is for stdio alone.", { exitCode: USAGE_EXIT_CODE, nextStep });
  }
  const connection = await connectCluster(invocation);
  if (role === "act") {
    const { runActServer } = await import("../compose/act-server.ts");
    await runActServer(connection, invocation.environment, invocation.signal);
  } else {
    const { startReadServer } = await import("../compose/read-server.ts");
    const server = await startReadServer(connection, invocation.environment);
    await aborted(invocation.signal);
    await server.stop(STOP_WITHIN_MS);
  }
  await connection.close();
  return 0;
}
