import { deny } from "@sre-agent/crds";
import { type Logger, lazy } from "@sre-agent/frame";
import { type Connection, isKubeError, whoAmI } from "@sre-agent/kube";
import { actTools, type Backends, type Tool, type WireReply, wireReply } from "@sre-agent/mcp-server";
import type { Pseudonym } from "@sre-agent/redaction";
import type { LocalServerOptions } from "./local-server.ts";
import { type LocalCalls, mcpServerOptions, newPseudonym, readToolsOf } from "./mcp-server-options.ts";

/** What the calls of a person's own client need. */
interface LocalCallsOptions extends Pick<LocalServerOptions, "role" | "connect"> {
  readonly backends: Backends;
}

/** Answers the calls of a person's own client; connects at the first one. */
export function createLocalCalls(options: LocalCallsOptions, logger: Logger): LocalCalls {
  const calls = lazy(() => openCluster(options, logger));
  return {
    async call(wireCall) {
      try {
        return await (await calls.get()).call(wireCall);
      } catch (error) {
        return clusterUnavailable(error);
      }
    },
    async complete(wire) {
      try {
        return await (await calls.get()).complete(wire);
      } catch (error) {
        if (!isKubeError(error)) throw error;
        return [];
      }
    },
  };
}

/** The client's model reads this: what is missing and what to do, as any other refusal. */
function clusterUnavailable(error: unknown): WireReply {
  if (!isKubeError(error)) throw error;
  const denial = deny("CLUSTER_UNAVAILABLE", error.message, "Give a kubeconfig: KUBECONFIG or --kubeconfig FILE.");
  return wireReply({ ok: false, denial }, { pseudonym: newPseudonym(), narrow: "" });
}

async function openCluster(options: LocalCallsOptions, logger: Logger): Promise<LocalCalls> {
  const connection = await options.connect();
  const pseudonym = newPseudonym();
  const tools = await toolsOf(options, connection, pseudonym);
  const localCaller = await whoAmI(connection);
  return mcpServerOptions({
    tools,
    connection,
    pseudonym,
    runPrincipals: [],
    localCaller,
    logger,
    onCall: () => undefined,
  });
}

async function toolsOf(
  { role, backends }: LocalCallsOptions,
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
