import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, textAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { workloadsIn } from "./backing.ts";
import { complaint, isFailing, type Said } from "./client-trouble.ts";
import { type WrittenText, writtenTexts } from "./written-texts.ts";

/** Workloads that do not come up and look for pods of a StatefulSet which it does not have: their ordinals lie beyond its replicas. */
export function absentMember(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("StatefulSet")) return [];
  return index.snapshot.namespaces
    .flatMap((namespace) => workloadsIn(index, namespace))
    .filter((client) => isFailing(index, client))
    .flatMap((client) =>
      writtenTexts(index, client).flatMap((written) =>
        [...absentIn(index, client, written.text).values()].map((absent) => memberFinding(client, written, absent)),
      ),
    );
}

interface Absent {
  readonly set: SnapshotObject;
  readonly severity: ReturnType<typeof outageSeverity>;
  /** `db-2.db`. */
  readonly hosts: readonly string[];
  readonly highest: number;
  readonly said: Said;
}

/** `db-2.db`, with the namespace before `svc`. */
const MEMBER = /(?<![\w.-])([a-z0-9](?:[a-z0-9-]*[a-z0-9])?)-(\d{1,5})\.([a-z0-9-]+)(?:\.([a-z0-9-]+)\.svc)?(?![\w-])/g;

/** By set the members that it lacks and that the client says it does not reach. */
function absentIn(index: SnapshotIndex, client: SnapshotObject, text: string): ReadonlyMap<SnapshotObject, Absent> {
  const found = new Map<SnapshotObject, Absent>();
  for (const [, name = "", digits = "", service = "", namespace = client.metadata.namespace] of text.matchAll(MEMBER)) {
    const set = index.byName("StatefulSet", namespace, name);
    const host = `${name}-${digits}.${service}`;
    if (set === undefined || textAt(set, "spec", "serviceName") !== service || has(set, Number(digits))) continue;
    const said = complaint(index, client, host);
    if (said === undefined) continue;
    const before = found.get(set);
    found.set(set, {
      set,
      severity: outageSeverity(index, client),
      hosts: [...new Set([...(before?.hosts ?? []), host])],
      highest: Math.max(Number(digits), before?.highest ?? 0),
      said: before?.said ?? said,
    });
  }
  return found;
}

function has(set: SnapshotObject, ordinal: number): boolean {
  const { first, replicas } = ordinalsOf(set);
  return ordinal >= first && ordinal < first + replicas;
}

function ordinalsOf(set: SnapshotObject): { readonly first: number; readonly replicas: number } {
  return { first: numberAt(set, "spec", "ordinals", "start") ?? 0, replicas: numberAt(set, "spec", "replicas") ?? 1 };
}

function memberFinding(client: SnapshotObject, written: WrittenText, absent: Absent): Draft {
  const { source, path, words } = written;
  const { set, severity, hosts, highest, said } = absent;
  const { first, replicas } = ordinalsOf(set);
  const where = `StatefulSet/${set.metadata.name}`;
  const shown = hosts.slice(0, 5).join(", ");
  return draft({
    analyzer: "absent-member",
    layer: source === client ? "setting" : "apart",
    severity,
    subject: source,
    causeKey: [path, set.metadata.name],
    cause: `${source === client ? `${client.kind}/${client.metadata.name}: ` : ""}${words} names ${shown}, and ${where} has ${replicas} replicas (spec.replicas), ordinals ${first} to ${first + replicas - 1}`,
    symptom: "looks for a pod that its StatefulSet does not have",
    accountsFor: source === client ? [] : [client],
    evidence: [
      fromTenant(source, path, shown),
      fromTenant(set, "spec.replicas", String(replicas)),
      fromTenant(said.object, said.path, clip(said.line, 500)),
    ],
    change: lastEdit(source === client ? set : source, source === client ? "spec.replicas" : "data"),
    fix: decision(
      `take ${shown} out of ${words}, or set spec.replicas of ${where} to ${highest - first + 1}, whichever is meant`,
    ),
  });
}
