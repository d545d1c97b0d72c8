import { hostname } from "node:os";
import { type Finding, GROUP } from "@sre-agent/crds";
import { type Environment, type Logger, UserError } from "@sre-agent/frame";
import {
  type Connection,
  createEventRecorder,
  createPreviewer,
  createReader,
  createRecordWriter,
  createReviewer,
  createWriter,
  type Reader,
  type RecordWriter,
  systemClock,
} from "@sre-agent/kube";
import { actTools, diagnoseScope, type McpConfig } from "@sre-agent/mcp-server";
import {
  type AuditLog,
  anchoredHead,
  createActController,
  createActHandlers,
  createActMetrics,
  createAuditLog,
  createFileSink,
  createHealthProbe,
  createOwnFinding,
  createPolicyAnchor,
  createStreamSink,
} from "@sre-agent/mcp-server/act";
import { normalise, redact } from "@sre-agent/redaction";
import { type McpService, openMcpService, serveTools } from "./mcp-service.ts";

const STOP_WITHIN_MS = 5_000;

/** The mcp-act service: the act tools over HTTP, and the act controller under its Lease. Runs until `signal` aborts. */
export async function runActServer(
  connection: Connection,
  environment: Environment,
  signal: AbortSignal,
): Promise<void> {
  const service = await openMcpService("mcp-act", environment);
  const act = await createAct(connection, service);
  const http = await serveTools(connection, service, actTools(act.handlers));
  service.logger.info("serving", { url: http.url, role: "act" });
  try {
    await act.controller.run(signal);
  } finally {
    await http.stop(STOP_WITHIN_MS);
    await service.telemetry.stop();
  }
}

/** Everything that can change a cluster, built here and nowhere else. */
async function createAct(connection: Connection, { config, logger, metrics, pseudonym }: McpService) {
  const reader = createReader(connection);
  const records = createRecordWriter(connection, { group: GROUP });
  const reviewer = createReviewer(connection);
  const previewer = createPreviewer(connection);
  const audit = await openAudit({ reader, records, config, logger });
  const identity = config.POD_NAME ?? `${hostname()}_${process.pid}`;
  const sources = {
    reader,
    reviewer,
    clock: systemClock,
    protectedNamespaces: [config.SYSTEM_NAMESPACE],
    ownFinding: createOwnFinding((namespace, signal) => ownFindings(reader, namespace, signal)),
    scrub: (text: string) => redact(normalise(text), { pseudonym }).text,
  };
  const controller = createActController({
    ...sources,
    connection,
    previewer,
    records,
    audit,
    writer: createWriter(connection),
    measure: createHealthProbe(reader),
    events: createEventRecorder(connection, {
      reportingController: `${GROUP}/mcp-act`,
      reportingInstance: identity,
      clock: systemClock,
    }),
    log: logger,
    metrics: createActMetrics(metrics),
    lease: { namespace: config.SYSTEM_NAMESPACE, identity },
    random: Math.random,
  });
  const handlers = createActHandlers({
    ...sources,
    previewer,
    records,
    audit,
    requestExecution: controller.requestExecution,
  });
  return { controller, handlers };
}

interface AuditParts {
  readonly reader: Reader;
  readonly records: RecordWriter;
  readonly config: McpConfig;
  readonly logger: Logger;
}

async function openAudit({ reader, records, config, logger }: AuditParts): Promise<AuditLog> {
  const path = config.AUDIT_FILE;
  const file = path === undefined ? undefined : await createFileSink(path).catch(unusableAuditFile(path));
  const anchored = await anchoredHead(reader).catch((error: unknown) => {
    logger.warn("the audit chain starts anew: its head could not be read", { error });
    return undefined;
  });
  // A crash may come after a record was stored and before it was anchored; a file that was shortened is behind.
  const head = (file?.head?.sequence ?? 0) >= (anchored?.sequence ?? 0) ? file?.head : anchored;
  return createAuditLog({
    sink: file ?? createStreamSink(process.stdout),
    anchor: createPolicyAnchor(reader, records),
    onAnchorFailure: (error) => logger.warn("the head of the audit chain could not be anchored", { error }),
    clock: systemClock,
    ...(head === undefined ? {} : { head }),
  });
}

function unusableAuditFile(path: string): (cause: unknown) => never {
  return (cause) => {
    const nextStep = "Set AUDIT_FILE to a file in a folder that this process may write to.";
    throw new UserError(`AUDIT_FILE ${path} cannot be written.`, { cause, nextStep });
  };
}

/** The act server's own findings in a namespace, without a tenant's logs. */
async function ownFindings(reader: Reader, namespace: string, signal: AbortSignal): Promise<readonly Finding[]> {
  const { findings } = await diagnoseScope({ reader, scope: { namespace }, now: systemClock.now, logs: false, signal });
  return findings;
}
