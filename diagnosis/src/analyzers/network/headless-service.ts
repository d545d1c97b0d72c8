import type { Fix } from "@sre-agent/crds";
import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, objectAt, textAt, valueAt } from "../../snapshot/json.ts";
import { carriesAll } from "../../snapshot/label-selector.ts";
import { isReady } from "../../snapshot/pod-state.ts";
import { podLabelsOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { complaints, isUnreached, type Said } from "./client-trouble.ts";
import { callsOf } from "./clients.ts";
import { failsToReach } from "./failing-client.ts";

/** StatefulSets whose pods get no names of their own: the Service of `serviceName` is missing, or is not headless. */
export function headlessService(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Service")) return [];
  return index.ofKind("StatefulSet").flatMap((set) => {
    const name = textAt(set, "spec", "serviceName") ?? "";
    const wrong = name === "" ? undefined : wrongWith(index, set, name);
    return wrong === undefined ? [] : [nameFinding(index, set, { name, ...wrong })];
  });
}

interface Wrong {
  readonly words: string;
  readonly value: string;
  readonly decide: string;
  readonly service: SnapshotObject | undefined;
  readonly fix?: Fix;
  /** What its own pods say about it, where they fail for it. */
  readonly said?: Said | undefined;
}

function wrongWith(index: SnapshotIndex, set: SnapshotObject, name: string): Wrong | undefined {
  const service = index.byName("Service", set.metadata.namespace, name);
  const where = `StatefulSet/${set.metadata.name}`;
  if (service === undefined) {
    const fitting = headlessFor(index, set);
    const hint = fitting === undefined ? "" : `; the headless Service of its pods is Service/${fitting.metadata.name}`;
    return {
      ...{ service, value: name, words: `which does not exist in its namespace${hint}` },
      said: missedMember(index, set, name),
      decide: `create the headless Service/${name} (clusterIP None) that selects the pods of ${where}; spec.serviceName of a StatefulSet cannot be changed`,
    };
  }
  const { clusterIP, selector } = objectAt(service, "spec");
  if (typeof clusterIP === "string" && clusterIP !== "None") {
    return {
      ...{
        service,
        value: clusterIP,
        words: `which has clusterIP ${clusterIP} instead of None, so that its pods have no names of their own`,
      },
      decide: `make Service/${name} anew with clusterIP None: it cannot be changed in place`,
    };
  }
  if (!isRecord(selector)) return undefined;
  if (carriesAll(podLabelsOf(set), selector)) return hidesUnready(index, set, service);
  const pairs = Object.entries(selector)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
  return {
    ...{ service, value: pairs, words: `which selects ${pairs}, not the pods of ${where}` },
    decide: `let Service/${name} select the pods of ${where}`,
  };
}

/** Members that look each other up before they are ready find nobody: only ready pods have names, unless it says otherwise. */
function hidesUnready(index: SnapshotIndex, set: SnapshotObject, service: SnapshotObject): Wrong | undefined {
  const field = "publishNotReadyAddresses";
  const someReady = index.childrenOf(set, "Pod").some(isReady);
  const said = missedMember(index, set, service.metadata.name);
  if (valueAt(service, "spec", field) === true || said === undefined || someReady) return undefined;
  const edit = { path: `/spec/${field}`, from: valueAt(service, "spec", field), to: true };
  const decide = `set spec.${field} of Service/${service.metadata.name} to true`;
  return {
    ...{ service, value: `${field} ${String(valueAt(service, "spec", field) ?? "is not set")}`, decide },
    words: `which does not publish the names of pods that are not ready (spec.${field} is not true), while its pods look each other up before they are ready`,
    fix: patchFix(service, [edit], decide),
    said,
  };
}

/** What its pods say about not reaching one of them by its name below the Service. */
function missedMember(index: SnapshotIndex, set: SnapshotObject, service: string): Said | undefined {
  const member = new RegExp(`\\b${literal(set.metadata.name)}-\\d+\\.${literal(service)}\\b`);
  return complaints(index, set).find(({ line }) => member.test(line) && isUnreached(line));
}

/** A name of the API holds nothing else; whatever an odd one holds stands for any character. */
function literal(name: string): string {
  return name.replace(/[^\w-]/g, ".");
}

function headlessFor(index: SnapshotIndex, set: SnapshotObject): SnapshotObject | undefined {
  return index.inNamespace("Service", set.metadata.namespace ?? "").find((service) => {
    const { clusterIP, selector } = objectAt(service, "spec");
    return clusterIP === "None" && isRecord(selector) && carriesAll(podLabelsOf(set), selector);
  });
}

/** Names of single pods are of use only to who calls them: without such a call it is advice. */
function nameFinding(index: SnapshotIndex, set: SnapshotObject, wrong: Wrong & { readonly name: string }): Draft {
  const { name, words, value, decide, service, said } = wrong;
  const member = new RegExp(`^${literal(set.metadata.name)}-\\d+\\.`);
  const callers = callsOf(index).filter(
    ({ host, client }) => member.test(host) && client.metadata.namespace === set.metadata.namespace,
  );
  const needsOwn =
    said !== undefined || callers.some(({ client, host }) => client === set && failsToReach(index, client, host));
  return draft({
    analyzer: "headless-service",
    layer: needsOwn ? "setting" : "apart",
    severity: callers.length > 0 || needsOwn ? "error" : "info",
    subject: set,
    causeKey: [name],
    cause: `StatefulSet/${set.metadata.name} has spec.serviceName ${name}, ${words}`,
    symptom: "its pods have no names of their own",
    // What its pods lack makes the Service unready, not the other way round.
    restsOn: service === undefined || said !== undefined ? [] : [service],
    accountsFor: callers
      .filter(({ client, host }) => client !== set && failsToReach(index, client, host))
      .map(({ client }) => client),
    evidence: [
      fromTenant(set, "spec.serviceName", name),
      ...(service ? [fromTenant(service, "spec", value)] : []),
      ...(said ? [fromTenant(said.object, said.path, clip(said.line, 500))] : []),
      ...callers.slice(0, 3).map(({ source, path, host }) => fromTenant(source, path, host)),
    ],
    fix: wrong.fix ?? decision(decide),
  });
}
