import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { GROUP } from "@sre-agent/crds";
import {
  createHealth,
  createHttpServer,
  createMetrics,
  type Environment,
  fileSecret,
  type Logger,
  type Metrics,
  startTelemetry,
} from "@sre-agent/frame";
import {
  type Connection,
  createEventRecorder,
  createLeaseElection,
  createReader,
  createRecordWriter,
  systemClock,
} from "@sre-agent/kube";
import {
  createAgentClient,
  createStanding,
  createWatch,
  OPERATOR_LEASE,
  type OperatorConfig,
  type OperatorOptions,
  parseOperatorConfig,
  type Standing,
  startOperator,
} from "@sre-agent/operator";
import { createPseudonyms } from "@sre-agent/redaction";
import { aborted } from "./aborted.ts";
import { redactedLogger } from "./redacted-logger.ts";
import { settingsOf } from "./settings.ts";

const EXECUTE_TIMEOUT_MS = 20_000;
const STOP_WITHIN_MS = 5_000;

/** The operator service: waits for its Lease, serves triggers and investigations, until `signal` aborts. */
export async function runOperator(
  connection: Connection,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const config = settingsOf(parseOperatorConfig(environment));
  // A service without its secret would look well and have every investigation fail.
  fileSecret(config.AGENT_SECRET_FILE)();
  const logger = await redactedLogger({ component: "operator", level: config.LOG_LEVEL });
  const telemetry = await startTelemetry("operator", config);
  const metrics = await createMetrics({ component: "operator" });
  const identity = config.POD_NAME ?? `${hostname()}_${process.pid}`;
  const onError = (error: unknown) => logger.warn("the operator goes on after a failure", { error });
  const health = createHealth();
  const standing = createStanding({ check: health.check("cluster"), logger, clock: systemClock });
  const http = await createHttpServer({
    health,
    metrics,
    logger,
    host: config.HOST,
    port: config.PORT,
    routes: () => undefined,
  });
  const operator = startOperator(operatorOptions({ connection, config, logger, metrics, identity, standing, onError }));
  logger.info("serving", { url: http.url, namespaces: config.WATCH_NAMESPACES.join() || "all" });
  void aborted(signal).then(operator.stop).catch(onError);
  try {
    await operator.ended;
  } finally {
    await http.stop(STOP_WITHIN_MS);
    await telemetry.stop();
  }
}

interface OperatorParts {
  readonly connection: Connection;
  readonly config: OperatorConfig;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly identity: string;
  readonly standing: Standing;
  readonly onError: (error: unknown) => void;
}

function operatorOptions({
  connection,
  config,
  logger,
  metrics,
  identity,
  standing,
  onError,
}: OperatorParts): OperatorOptions {
  const clock = systemClock;
  return {
    reader: createReader(connection),
    recordWriter: createRecordWriter(connection, { group: GROUP }),
    eventRecorder: createEventRecorder(connection, {
      reportingController: `${GROUP}/operator`,
      reportingInstance: identity,
      clock,
    }),
    watch: createWatch({ connection, clock, random: Math.random, onError }),
    election: createLeaseElection({
      connection,
      clock,
      onError: standing.leaseFailed,
      onAnswer: standing.leaseAnswered,
      namespace: config.SYSTEM_NAMESPACE,
      name: OPERATOR_LEASE,
      identity,
    }),
    agent: createAgentClient({
      url: config.AGENT_URL,
      secret: fileSecret(config.AGENT_SECRET_FILE),
      decideTimeoutMs: config.DECIDE_TIMEOUT,
      executeTimeoutMs: EXECUTE_TIMEOUT_MS,
    }),
    standing,
    clock,
    pseudonym: createPseudonyms(randomBytes(32)),
    logger,
    metrics,
    namespaces: config.WATCH_NAMESPACES,
    workers: config.INVESTIGATION_WORKERS,
  };
}
