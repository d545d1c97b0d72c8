import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt, valueAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { latestUnresolved, type Said } from "./client-trouble.ts";
import { type Call, callsOf } from "./clients.ts";
import { readdressed } from "./plain-address.ts";

/** Clients that call a pod of a StatefulSet by another Service than the one that gives its pods their names. */
export function memberName(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Service")) return [];
  const found = callsOf(index).flatMap((call) => {
    const member = misnamed(index, call);
    return member === undefined ? [] : [nameFinding(call, member)];
  });
  return [...new Map(found.map((one) => [one.finding.id, one])).values()];
}

interface Member {
  readonly set: SnapshotObject;
  /** The label of the host that is wrong, and the right one. */
  readonly asked: string;
  readonly service: string;
  readonly said: Said;
}

function misnamed(index: SnapshotIndex, { host, client }: Call): Member | undefined {
  const [pod = "", asked = "", namespace = client.metadata.namespace ?? ""] = host.split(".");
  const [, name = "", ordinal = ""] = /^(.+)-(\d+)$/.exec(pod) ?? [];
  const set = index.byName("StatefulSet", namespace, name);
  const service = textAt(set, "spec", "serviceName");
  if (set === undefined || service === undefined || asked === "" || asked === service) return undefined;
  const known = textAt(index.byName("Service", namespace, service), "spec", "clusterIP") === "None";
  const replicas = Number(valueAt(set, "spec", "replicas") ?? 1);
  const said = latestUnresolved(index, client, host);
  if (!known || Number(ordinal) >= replicas || said === undefined) return undefined;
  return { set, asked, service, said };
}

function nameFinding({ client, source, host, port, path, words, setting }: Call, member: Member): Draft {
  const { set, asked, service, said } = member;
  const right = host.replace(`.${asked}`, `.${service}`);
  const summary = `let ${words} name ${right}`;
  const to = setting && readdressed(setting.value, { host, port }, { host: right });
  return draft({
    analyzer: "client-address",
    layer: source === client ? "setting" : "apart",
    severity: "error",
    subject: source,
    causeKey: [path, "member"],
    cause: `${source === client ? `${client.kind}/${client.metadata.name}: ` : ""}${words} names ${host}, and pods of StatefulSet/${set.metadata.name} have names below Service/${service} alone (spec.serviceName), not below ${asked}`,
    symptom: `calls ${host}, a name that no pod has`,
    accountsFor: source === client ? [] : [client],
    evidence: [
      fromTenant(source, path, host),
      fromTenant(set, "spec.serviceName", service),
      fromTenant(said.object, said.path, clip(said.line, 500)),
    ],
    change: source === client ? undefined : lastEdit(source, "data"),
    fix:
      setting === undefined || to === undefined
        ? decision(summary)
        : patchFix(source, [{ path: setting.pointer, from: setting.value, to }], summary),
  });
}
