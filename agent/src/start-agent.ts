import { setTimeout as sleep } from "node:timers/promises";
import {
  bearerSecret,
  createHealth,
  createHttpServer,
  createMetrics,
  fileSecret,
  type HttpServer,
  type Logger,
  methodNotAllowed,
} from "@sre-agent/frame";
import type { AgentConfig } from "./config.ts";
import { decideHandler } from "./http/decide.ts";
import { executeHandler } from "./http/execute.ts";
import { createRunner } from "./loop/run.ts";
import { modelOf } from "./model/model-of.ts";
import { REAL_EFFECTS } from "./real-effects.ts";
import { connectMcpTools, type McpTools } from "./tools/mcp-tools.ts";

const DECIDE_BODY_BYTES = 8 * 1024 * 1024;
const BODY_BYTES = 1024 * 1024;
const MAX_RUNS = 16;
const REFRESH_MS = 60_000;
const RETRY_MS = 500;
const STOP_WITHIN_MS = 5_000;

/** The agent service: `/decide`, `/execute`, probes and metrics. */
export async function startAgent(config: AgentConfig, logger: Logger): Promise<HttpServer> {
  const token = fileSecret(config.MCP_TOKEN_FILE);
  const pause = (ms: number, signal: AbortSignal) => sleep(ms, undefined, { signal });
  const tools = connectMcpTools({
    readUrl: config.MCP_READ_URL,
    actUrl: config.MCP_ACT_URL,
    token,
    sleep: pause,
    now: Date.now,
  });
  const runner = createRunner({
    model: await modelOf(config, { warn: (message) => logger.warn(message) }),
    tools,
    language: config.ANSWER_LANGUAGE,
    ...REAL_EFFECTS,
  });
  const health = createHealth();
  const stopping = new AbortController();
  const reached = keepInTouch(tools, { logger, check: health.check("mcp-servers"), signal: stopping.signal });
  const secret = bearerSecret(fileSecret(config.AGENT_SECRET_FILE));
  const server = await createHttpServer({
    health,
    metrics: await createMetrics({ component: "agent" }),
    logger,
    host: config.HOST,
    port: config.PORT,
    routes(router, { json }) {
      const decide = decideHandler({ runner, logger, ready: () => reached.once, maxConcurrent: MAX_RUNS });
      router.post("/decide", secret, json(DECIDE_BODY_BYTES), decide);
      router.post("/execute", secret, json(BODY_BYTES), executeHandler(tools, logger));
      router.all(["/decide", "/execute"], methodNotAllowed("POST"));
    },
  });
  return {
    url: server.url,
    async stop(withinMs = STOP_WITHIN_MS) {
      stopping.abort();
      await server.stop(withinMs);
      await tools.close();
    },
  };
}

interface Touch {
  readonly logger: Logger;
  readonly check: ReturnType<ReturnType<typeof createHealth>["check"]>;
  readonly signal: AbortSignal;
}

/** Lists the tools until it works, and then now and then to notice one that changed. Never gives up. */
function keepInTouch(tools: McpTools, { logger, check, signal }: Touch): { readonly once: boolean } {
  const state = { once: false };
  const look = async (): Promise<number> => {
    try {
      await tools.refresh(signal);
      if (!state.once) logger.info("the MCP servers are reached", { tools: tools.list().length });
      state.once = true;
      check.pass();
      return REFRESH_MS;
    } catch (error) {
      if (signal.aborted) return RETRY_MS;
      if (!state.once) check.fail("the MCP servers cannot be reached, or list what cannot be offered");
      logger.debug("the MCP servers cannot be reached", { error });
      return RETRY_MS;
    }
  };
  void (async () => {
    while (!signal.aborted) await sleep(await look(), undefined, { signal }).catch(() => undefined);
  })();
  return state;
}
