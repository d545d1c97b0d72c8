import type { Logger, ReadyCheck } from "@sre-agent/frame";
import { strictSchema } from "../model/strict-schema.ts";
import type { McpTools, McpToolsOptions } from "./mcp-tools.ts";

export interface Touch extends Pick<McpToolsOptions, "sleep"> {
  readonly logger: Logger;
  readonly check: ReadyCheck;
  readonly signal: AbortSignal;
}

const REFRESH_MS = 60_000;
const RETRY_MS = 500;

/** Lists the tools until it works, and then now and then to notice one that changed. Never gives up. */
export async function keepInTouch(tools: McpTools, { logger, check, sleep, signal }: Touch): Promise<void> {
  let reached = false;
  const look = async (): Promise<number> => {
    try {
      await tools.refresh(signal);
      if (!reached) logger.info("the MCP servers are reached", { tools: tools.list().length, ...notStrict(tools) });
      reached = true;
      check.pass();
      return REFRESH_MS;
    } catch (error) {
      if (signal.aborted) return RETRY_MS;
      if (!reached) check.fail("the MCP servers cannot be reached, or list what cannot be offered");
      logger.debug("the MCP servers cannot be reached", { error });
      return RETRY_MS;
    }
  };
  while (!signal.aborted) await sleep(await look(), signal).catch(() => undefined);
}

/** Tools whose arguments a provider cannot hold a model to; they are checked here like all others. */
function notStrict(tools: McpTools): { readonly notStrict?: string } {
  const names = tools.list().flatMap(({ name, inputSchema }) => (strictSchema(inputSchema).strict ? [] : [name]));
  return names.length === 0 ? {} : { notStrict: names.join() };
}
