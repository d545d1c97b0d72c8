import { randomBytes } from "node:crypto";
import type { Logger } from "@sre-agent/frame";
import { type Connection, createReader, createReviewer, systemClock, type UserInfo } from "@sre-agent/kube";
import {
  type Backends,
  type CallOptions,
  type CallRecord,
  createCall,
  createComplete,
  readTools,
  type ServerOptions,
  type Tool,
} from "@sre-agent/mcp-server";
import { createPseudonyms, type Pseudonym } from "@sre-agent/redaction";
import { SERVER_INFO } from "./server-info.ts";

export interface McpServerParts {
  readonly tools: readonly Tool[];
  readonly connection: Connection;
  readonly pseudonym: Pseudonym;
  readonly runPrincipals: readonly string[];
  readonly localCaller?: UserInfo;
  readonly logger: Logger;
  readonly onCall: (record: CallRecord) => void;
}

/** What answers a server's requests. */
export type LocalCalls = Required<Pick<ServerOptions, "call" | "complete">>;

/** Name, instructions and calls of an MCP server over `tools`. */
export function mcpServerOptions(parts: McpServerParts): ServerOptions & LocalCalls {
  const { tools, connection, pseudonym, runPrincipals, localCaller, logger } = parts;
  const calls: CallOptions = {
    tools,
    reader: createReader(connection),
    reviewer: createReviewer(connection),
    pseudonym,
    runPrincipals,
    ...(localCaller === undefined ? {} : { localCaller }),
    now: systemClock.now,
    onCall(record) {
      parts.onCall(record);
      const { tool, code, caller, correlationId, namespace, seconds, error } = record;
      const fields = {
        tool,
        code,
        caller,
        correlationId,
        ...(namespace === undefined ? {} : { namespace }),
        seconds,
      };
      if (error === undefined) logger.info("tool call", fields);
      else logger.error("a tool failed inside", { ...fields, error });
    },
  };
  const descriptors = tools.map(({ descriptor }) => descriptor);
  return {
    ...SERVER_INFO,
    guides: descriptors.some(({ role }) => role === "read"),
    descriptors: async () => descriptors,
    call: createCall(calls),
    complete: createComplete(calls),
  };
}

/** Keyed anew in each process: equal secrets have equal pseudonyms in it, and nothing can be looked up from them. */
export const newPseudonym = (): Pseudonym => createPseudonyms(randomBytes(32));

export interface ReadToolParts {
  readonly connection: Connection;
  readonly pseudonym: Pseudonym;
  readonly backends: Backends;
  /** Where calls without one look. */
  readonly namespace?: string;
  /** False where the cluster is known to serve no metrics API. */
  readonly metricsApi?: boolean;
}

/** The read tools over a connection. */
export function readToolsOf({ connection, backends, ...parts }: ReadToolParts): readonly Tool[] {
  const [reader, reviewer] = [createReader(connection), createReviewer(connection)];
  return readTools({ reader, reviewer, now: systemClock.now, ...backends, ...parts });
}
