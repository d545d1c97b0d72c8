import type { Severity } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type AddressFault, atPort } from "./address-fault.ts";
import { addressFix } from "./address-fix.ts";
import { complaint, type Said } from "./client-trouble.ts";
import { type Call, callsOf } from "./clients.ts";
import { answeredWrongly, failsToReach } from "./failing-client.ts";
import { wrongAddress } from "./wrong-address.ts";

/** Workloads that are told to call a Service, or a port of one, that does not exist. */
export function clientAddress(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Service")) return [];
  const findings = callsOf(index).flatMap((call) => check(index, call));
  return [...new Map(findings.map((one) => [one.finding.id, one])).values()];
}

function check(index: SnapshotIndex, call: Call): readonly Draft[] {
  const wrong = wrongAddress(index, call);
  const isPort = wrong?.key === "port";
  // A host is wrong where it is written.
  if (wrong === undefined || (call.composed && !isPort)) return [];
  const { client, host } = call;
  // At a port of somebody else there may be an answer, and from who is not meant.
  const strange = isPort ? answeredWrongly(index, client, host) : undefined;
  const said = complaint(index, client, host) ?? strange;
  const fails = failsToReach(index, client, host) || strange !== undefined;
  return fails || isSure(call, wrong)
    ? [addressFinding(index, isPort ? atPort(call) : call, { wrong, fails, said })]
    : [];
}

/** A port that only the scheme implies is often not what is meant. */
function isSure({ certain, explicitPort }: Call, { near, key }: AddressFault): boolean {
  return certain && near && (key !== "port" || explicitPort);
}

/** A client that is well does not need what it names: only a slip of the pen is worth a warning then. */
function severityOf({ wrong, fails }: { readonly wrong: AddressFault; readonly fails: boolean }): Severity {
  if (fails) return "error";
  return wrong.key === "missing" ? "info" : "warning";
}

function addressFinding(
  index: SnapshotIndex,
  call: Call,
  found: { readonly wrong: AddressFault; readonly fails: boolean; readonly said: Said | undefined },
): Draft {
  const { wrong, fails, said } = found;
  const { client, source, words, path } = call;
  return draft({
    analyzer: "client-address",
    layer: fails && source === client ? "setting" : "apart",
    severity: severityOf(found),
    subject: source,
    causeKey: [path, wrong.key],
    cause: `${source === client ? `${client.kind}/${client.metadata.name}: ` : ""}${words} names ${wrong.words}`,
    symptom: `calls ${call.host}, which does not exist`,
    accountsFor: fails ? [client] : [],
    evidence: [
      fromTenant(source, path, call.port === undefined ? call.host : `${call.host} port ${call.port}`),
      ...(said ? [fromTenant(said.object, said.path, clip(said.line, 500))] : []),
    ],
    explains: [],
    change: source === client ? undefined : lastEdit(source, "data"),
    fix: addressFix(index, call, wrong),
  });
}
