export { atMost } from "./at-most.ts";
export { type ConfigRow, describeConfig } from "./config/describe-config.ts";
export { nearestName } from "./config/nearest-name.ts";
export {
  type ConfigFault,
  type Environment,
  formatFaults,
  type ParsedConfig,
  parseConfig,
} from "./config/parse-config.ts";
export {
  choiceVariable,
  csvVariable,
  durationVariable,
  filePathVariable,
  httpsOrLoopbackUrlVariable,
  httpUrlVariable,
  integerVariable,
  logLevelVariable,
  numberVariable,
  portVariable,
  redisUrlVariable,
  textVariable,
} from "./config/variables.ts";
export { fileSecret } from "./file-secret.ts";
export { createHealth, type ReadyCheck } from "./health.ts";
export { bearerSecret } from "./http/bearer-secret.ts";
export { CORRELATION_HEADER, correlationIdOf } from "./http/correlation-id.ts";
export { problemOf } from "./http/error-problem.ts";
export { postJson } from "./http/http-client.ts";
export { HttpError } from "./http/http-error.ts";
export { createHttpServer, type HttpServer } from "./http/http-server.ts";
export { methodNotAllowed, sendProblem } from "./http/problem.ts";
export { rateLimit, sendTooManyRequests } from "./http/rate-limit.ts";
export { createRateLimiter, type RateLimiter } from "./http/rate-limiter.ts";
export { lazy } from "./lazy.ts";
export { LOG_LEVELS, type LogLevel } from "./log-level.ts";
export { createLogger, type LogFields, type Logger, type LoggerOptions } from "./logger.ts";
export { createMetrics, type Metrics } from "./metrics.ts";
export { explain, runProcess } from "./process/run-process.ts";
export { UserError } from "./process/user-error.ts";
export { GEN_AI, K8S, MCP, OPERATIONS } from "./telemetry/conventions.ts";
export { carrierIn, inSpan, recordSpan, seededCarrier, traceCarrier } from "./telemetry/span.ts";
export { startTelemetry, telemetryVariables } from "./telemetry/start-telemetry.ts";
