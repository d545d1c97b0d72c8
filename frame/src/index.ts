export { atMost } from "./at-most.ts";
export { type ConfigRow, describeConfig } from "./config/describe-config.ts";
export { formatDuration, parseDuration } from "./config/duration.ts";
export { nearestName } from "./config/nearest-name.ts";
export {
  type ConfigFault,
  type Environment,
  formatFaults,
  type ParseConfigOptions,
  type ParsedConfig,
  parseConfig,
} from "./config/parse-config.ts";
export {
  booleanVariable,
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
export { type ErrorRecord, errorRecord } from "./error-record.ts";
export { fileSecret } from "./file-secret.ts";
export { createHealth, type Health, type HealthReport, type ReadyCheck } from "./health.ts";
export { bearerSecret } from "./http/bearer-secret.ts";
export { assignCorrelationId, CORRELATION_HEADER, correlationIdOf } from "./http/correlation-id.ts";
export { problemOf } from "./http/error-problem.ts";
export { type PostOptions, postEvents, postJson } from "./http/http-client.ts";
export { type HttpClientCode, HttpError, type HttpErrorDetails } from "./http/http-error.ts";
export { createHttpServer, type HttpServer, type HttpServerOptions, type RouteTools } from "./http/http-server.ts";
export { methodNotAllowed, type Problem, type ProblemError, sendNotFound, sendProblem } from "./http/problem.ts";
export { rateLimit, sendTooManyRequests } from "./http/rate-limit.ts";
export { createRateLimiter, type RateLimiter } from "./http/rate-limiter.ts";
export { lazy } from "./lazy.ts";
export { LOG_LEVELS, type LogLevel } from "./log-level.ts";
export { createLogger, type LogContext, type LogFields, type Logger, type LoggerOptions } from "./logger.ts";
export {
  type Counter,
  createMetrics,
  type Gauge,
  type Histogram,
  type LabelSets,
  type LabelValues,
  type MetricOptions,
  type Metrics,
  type MetricsOptions,
} from "./metrics.ts";
export { explain, type RunProcessOptions, runProcess } from "./process/run-process.ts";
export { onSignals, type SignalOptions, type SignalSource } from "./process/signals.ts";
export { UserError, type UserErrorDetails } from "./process/user-error.ts";
export { GEN_AI, K8S, MCP, OPERATIONS } from "./telemetry/conventions.ts";
export { carrierIn, inSpan, recordSpan, seededCarrier, traceCarrier } from "./telemetry/span.ts";
export { startTelemetry, telemetryVariables } from "./telemetry/start-telemetry.ts";
