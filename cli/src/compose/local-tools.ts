import type { LocalServer } from "@sre-agent/agent";
import { type Connection, type Reviewer, type UserInfo, whoAmI } from "@sre-agent/kube";
import { actTools, createCall, listedInput, readTools, type Tool } from "@sre-agent/mcp-server";
import { createIncidentReader, type Incident } from "@sre-agent/mcp-server/incident";
import { mcpServerOptions, newPseudonym, readToolsOf } from "./mcp-server-options.ts";
import { redactedLogger } from "./redacted-logger.ts";

type Call = LocalServer["call"];

/** The MCP server of a run in this process, over a cluster and with the rights of the person's kubeconfig. */
export async function clusterTools(connection: Connection, mayPropose: boolean): Promise<LocalServer> {
  const pseudonym = newPseudonym();
  const { namespace } = connection;
  const usual = namespace === undefined ? {} : { namespace };
  const read = readToolsOf({ connection, pseudonym, backends: {}, ...usual });
  const tools = mayPropose ? [...read, ...(await proposing(connection))] : read;
  const { call } = mcpServerOptions({
    tools,
    connection,
    pseudonym,
    runPrincipals: [],
    localCaller: await whoAmI(connection),
    logger: await redactedLogger({ component: "investigate", level: "error" }),
    onCall: () => undefined,
  });
  return serverOf(tools, call);
}

async function proposing(connection: Connection): Promise<readonly Tool[]> {
  const { LEDGER_ALONE, localActHandlers } = await import("./local-act.ts");
  return actTools(localActHandlers(connection, LEDGER_ALONE));
}

/** The same over an incident file: the reading tools, and no cluster. */
export function incidentTools(incident: Incident): LocalServer {
  const reader = createIncidentReader(incident);
  const pseudonym = newPseudonym();
  const now = () => Date.parse(incident.header.now);
  const [namespace] = incident.header.namespaces;
  const tools = readTools({
    reader,
    reviewer: NO_REVIEWER,
    metricsApi: false,
    now,
    pseudonym,
    ...(namespace === undefined ? {} : { namespace }),
  });
  const call = createCall({
    tools,
    reader,
    // Whoever has the file may read it: nobody is asked.
    reviewer: NO_REVIEWER,
    pseudonym,
    localCaller: READER_OF_FILE,
    runPrincipals: [],
    now,
    onCall: () => undefined,
  });
  return serverOf(tools, call);
}

const READER_OF_FILE: UserInfo = { username: "reader-of-the-file" };

const NO_REVIEWER: Reviewer = {
  may: async () => ({ allowed: false, reason: "there is no cluster" }),
  authenticate: async () => undefined,
};

function serverOf(tools: readonly Tool[], call: Call): LocalServer {
  const offered = tools.map(({ descriptor }) => descriptor).filter(({ audience }) => audience === "model");
  return {
    tools: offered.map((descriptor) => ({
      name: descriptor.name,
      description: descriptor.description,
      inputSchema: listedInput(descriptor),
      readOnly: descriptor.hints.readOnly,
      meta: {},
    })),
    call,
  };
}
