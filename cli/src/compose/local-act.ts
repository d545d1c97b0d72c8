import { deny, GROUP } from "@sre-agent/crds";
import {
  type Connection,
  createPreviewer,
  createReader,
  createRecordWriter,
  createReviewer,
  systemClock,
} from "@sre-agent/kube";
import type { Handlers } from "@sre-agent/mcp-server";
import { type AuditSink, createActHandlers, createAuditLog, createStreamSink } from "@sre-agent/mcp-server/act";

/** Of a person's own command: the ledger keeps what was proposed, the API server who did it, and a terminal is for neither. */
export const LEDGER_ALONE: AuditSink = { append: async () => undefined };

/**
 * The act tools on a person's own machine: they propose, under the person's credential. Carrying out is left to the act
 * server of the cluster, the one writer of the ledger's status. Audit records go to standard error unless `sink` is given,
 * since standard output belongs to the protocol.
 */
export function localActHandlers(connection: Connection, sink = createStreamSink(process.stderr)): Handlers {
  const reader = createReader(connection);
  return createActHandlers({
    reader,
    reviewer: createReviewer(connection),
    previewer: createPreviewer(connection),
    records: createRecordWriter(connection, { group: GROUP }),
    clock: systemClock,
    protectedNamespaces: ["sre-system"],
    ownFinding: async () => false,
    audit: createAuditLog({
      sink,
      anchor: async () => undefined,
      onAnchorFailure: () => undefined,
      clock: systemClock,
    }),
    requestExecution: () =>
      deny("NOT_LEADER", "This local server proposes; the act server in the cluster carries out what was approved."),
    scrub: (text) => text,
  });
}
