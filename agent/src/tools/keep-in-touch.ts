import type { Logger, ReadyCheck } from "@sre-agent/frame";
import { strictSchema } from "../model/strict-schema.ts";
import type { McpTools, McpToolsOptions } from "./mcp-tools.ts";

interface Touch extends Pick<McpToolsOptions, "sleep"> {
  readonly logger: Logger;
  readonly check: ReadyCheck;
  readonly signal: AbortSignal;
}

const REFRESH_MS = 60_000;
const RETRY_MS = 500;

/** Lists the tools until it works, and then now and then to notice one that changed. Never gives up. */
export async function keepInTouch(tools: McpTools, touch: Touch): Promise<void> {
  const { sleep, signal } = touch;
  const standing = createStanding(tools, touch);
  const look = async (): Promise<number> => {
    try {
      await tools.refresh(signal);
      standing.reached();
      return REFRESH_MS;
    } catch (error) {
      if (!signal.aborted) standing.missed(error);
      return RETRY_MS;
    }
  };
  while (!signal.aborted) await sleep(await look(), signal).catch(() => undefined);
}

/** Tells readiness and log how it stands with the MCP servers; the log once for each thing that is wrong. */
function createStanding(tools: McpTools, { logger, check }: Touch) {
  let wasReached = false;
  let told: string | undefined;
  return {
    reached() {
      if (!wasReached) logger.info("the MCP servers are reached", { tools: tools.list().length, ...notStrict(tools) });
      wasReached = true;
      told = undefined;
      check.pass();
    },
    missed(error: unknown) {
      const why = whyNot(error);
      if (!wasReached) check.fail(`the MCP servers cannot be used: ${why}`);
      if (why !== told) logger.warn("the MCP servers cannot be used; it is tried again", { error });
      told = why;
    },
  };
}

/** In the innermost words: that a fetch failed says nothing. */
function whyNot(error: unknown): string {
  if (error instanceof Error && error.cause instanceof Error) return whyNot(error.cause);
  return (error instanceof Error ? error.message : String(error)).slice(0, 300);
}

/** Tools whose arguments a provider cannot hold a model to; they are checked here like all others. */
function notStrict(tools: McpTools): { readonly notStrict?: string } {
  const names = tools.list().flatMap(({ name, inputSchema }) => (strictSchema(inputSchema).strict ? [] : [name]));
  return names.length === 0 ? {} : { notStrict: names.join() };
}
