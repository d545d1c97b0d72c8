import { setTimeout as sleep } from "node:timers/promises";
import {
  bearerSecret,
  createHealth,
  createHttpServer,
  createMetrics,
  createRateLimiter,
  fileSecret,
  type HttpServer,
  type Logger,
  type Metrics,
  methodNotAllowed,
  rateLimit,
  startTelemetry,
} from "@sre-agent/frame";
import type { AgentConfig } from "./config.ts";
import { contentFor } from "./content.ts";
import { decideHandler } from "./http/decide.ts";
import { executeHandler } from "./http/execute.ts";
import { createRunner, type Runner } from "./loop/run.ts";
import { modelMetrics } from "./model/model-metrics.ts";
import { modelOf } from "./model/model-of.ts";
import { REAL_EFFECTS } from "./real-effects.ts";
import { keepInTouch } from "./tools/keep-in-touch.ts";
import { connectMcpTools, type McpTools } from "./tools/mcp-tools.ts";
import { tracedTools } from "./tools/traced-tools.ts";

const DECIDE_BODY_BYTES = 8 * 1024 * 1024;
const BODY_BYTES = 1024 * 1024;
const MAX_RUNS = 16;
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
  const telemetry = await startTelemetry("agent", config);
  const metrics = await createMetrics({ component: "agent" });
  const runner = await runnerOf(config, { tools, logger, metrics });
  const health = createHealth();
  const check = health.check("mcp-servers");
  const door = await openDoor(config, { logger, metrics });
  const server = await createHttpServer({
    health,
    metrics,
    logger,
    host: config.HOST,
    port: config.PORT,
    routes(router, { json }) {
      const decide = decideHandler({ runner, logger, ready: () => tools.list().length > 0, maxConcurrent: MAX_RUNS });
      router.post("/decide", door.handlers, json(DECIDE_BODY_BYTES), decide);
      router.post("/execute", door.handlers, json(BODY_BYTES), executeHandler(tools, logger));
      router.all(["/decide", "/execute"], methodNotAllowed("POST"));
    },
  });
  // Only now: to reach the servers loads the MCP SDK, which probes need not wait for.
  const stopping = new AbortController();
  void keepInTouch(tools, { logger, check, sleep: pause, signal: stopping.signal });
  return {
    url: server.url,
    async stop(withinMs = STOP_WITHIN_MS) {
      stopping.abort();
      await server.stop(withinMs);
      await tools.close();
      await door.close();
      await telemetry.stop();
    },
  };
}

interface RunnerParts {
  readonly tools: McpTools;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

async function runnerOf(config: AgentConfig, { tools, logger, metrics }: RunnerParts): Promise<Runner> {
  const content = contentFor(config.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT);
  const warn = (message: string) => logger.warn(message);
  return createRunner({
    model: await modelOf(config, { warn, content, metrics: modelMetrics(metrics) }),
    tools: tracedTools(tools, content),
    language: config.ANSWER_LANGUAGE,
    ...REAL_EFFECTS,
  });
}

/** Lets in who knows the secret, and that not too often: its callers share the secret, so they share the count. */
async function openDoor(config: AgentConfig, { logger, metrics }: Pick<RunnerParts, "logger" | "metrics">) {
  const redis = config.REDIS_URL === undefined ? undefined : { url: config.REDIS_URL, name: "agent" };
  const limiter = await createRateLimiter({ requestsPerMinute: config.REQUESTS_PER_MINUTE, redis, logger });
  const secret = bearerSecret(fileSecret(config.AGENT_SECRET_FILE));
  return { handlers: [secret, rateLimit({ limiter, metrics, callerOf: () => "secret" })], close: limiter.close };
}
