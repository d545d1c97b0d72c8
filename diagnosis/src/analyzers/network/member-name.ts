import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt, valueAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { latestUnresolved, type Said } from "./client-trouble.ts";
import { type Call, callsOf } from "./clients.ts";
import { type Address, readdressed } from "./plain-address.ts";

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
  const [, asked = "", namespace = client.metadata.namespace ?? ""] = host.split(".");
  const { name = "", ordinal = "" } = memberOf(host) ?? {};
  const set = index.byName("StatefulSet", namespace, name);
  const service = textAt(set, "spec", "serviceName");
  if (set === undefined || service === undefined || asked === "" || asked === service) return undefined;
  const known = textAt(index.byName("Service", namespace, service), "spec", "clusterIP") === "None";
  const replicas = Number(valueAt(set, "spec", "replicas") ?? 1);
  const said = latestUnresolved(index, client, host);
  if (!known || Number(ordinal) >= replicas || said === undefined) return undefined;
  return { set, asked, service, said };
}

/** `store-0.peers` is the pod with ordinal 0 of store. */
function memberOf(host: string): { readonly name?: string; readonly ordinal?: string } | undefined {
  return /^(?<name>[^.]+)-(?<ordinal>\d+)\./.exec(host)?.groups;
}

/** Every member of the set that the setting names below the wrong Service, not only the one that was asked for. */
function corrected(value: string, { host, port }: Address, { set, asked, service }: Member): string | undefined {
  const [pod = "", , ...rest] = host.split(".");
  // Plain addresses alone can be shown, and so changed.
  if (readdressed(value, { host, port }, { host: [pod, service, ...rest].join(".") }) === undefined) return undefined;
  const below = ["", asked, ...rest].join(".").replaceAll(".", "\\.");
  const members = new RegExp(`(?<![\\w.-])(${set.metadata.name}-\\d+)${below}(?![\\w-]|\\.\\w)`, "g");
  return value.replace(members, (_, member: string) => [member, service, ...rest].join("."));
}

function nameFinding({ client, source, host, port, path, words, setting }: Call, member: Member): Draft {
  const { set, asked, service, said } = member;
  const right = host.replace(`.${asked}`, `.${service}`);
  const to = setting && corrected(setting.value, { host, port }, member);
  const others = to !== undefined && to !== readdressed(setting?.value ?? "", { host, port }, { host: right });
  const summary = `let ${words} name ${right}${others ? `, and its other members below ${service} too` : ""}`;
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
