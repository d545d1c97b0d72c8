import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, objectAt, textAt } from "../../snapshot/json.ts";
import { carriesAll } from "../../snapshot/label-selector.ts";
import { podLabelsOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { failsToReach } from "./client-trouble.ts";
import { callsOf } from "./clients.ts";

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
}

function wrongWith(index: SnapshotIndex, set: SnapshotObject, name: string): Wrong | undefined {
  const service = index.byName("Service", set.metadata.namespace, name);
  const where = `StatefulSet/${set.metadata.name}`;
  if (service === undefined) {
    const fitting = headlessFor(index, set);
    const hint = fitting === undefined ? "" : `; the headless Service of its pods is Service/${fitting.metadata.name}`;
    return {
      ...{ service, value: name, words: `which does not exist in its namespace${hint}` },
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
  if (!isRecord(selector) || carriesAll(podLabelsOf(set), selector)) return undefined;
  const pairs = Object.entries(selector)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join(",");
  return {
    ...{ service, value: pairs, words: `which selects ${pairs}, not the pods of ${where}` },
    decide: `let Service/${name} select the pods of ${where}`,
  };
}

function headlessFor(index: SnapshotIndex, set: SnapshotObject): SnapshotObject | undefined {
  return index.inNamespace("Service", set.metadata.namespace ?? "").find((service) => {
    const { clusterIP, selector } = objectAt(service, "spec");
    return clusterIP === "None" && isRecord(selector) && carriesAll(podLabelsOf(set), selector);
  });
}

/** Names of single pods are of use only to who calls them: without such a call it is advice. */
function nameFinding(index: SnapshotIndex, set: SnapshotObject, wrong: Wrong & { readonly name: string }): Draft {
  const { name, words, value, decide, service } = wrong;
  const member = new RegExp(`^${set.metadata.name}-\\d+\\.`);
  const callers = callsOf(index).filter(
    ({ host, client }) => member.test(host) && client.metadata.namespace === set.metadata.namespace,
  );
  const needsOwn = callers.some(({ client, host }) => client === set && failsToReach(index, client, host));
  return draft({
    analyzer: "headless-service",
    layer: needsOwn ? "setting" : "apart",
    severity: callers.length > 0 ? "error" : "info",
    subject: set,
    causeKey: [name],
    cause: `StatefulSet/${set.metadata.name} has spec.serviceName ${name}, ${words}`,
    symptom: "its pods have no names of their own",
    restsOn: service === undefined ? [] : [service],
    accountsFor: callers
      .filter(({ client, host }) => client !== set && failsToReach(index, client, host))
      .map(({ client }) => client),
    evidence: [
      fromTenant(set, "spec.serviceName", name),
      ...(service ? [fromTenant(service, "spec", value)] : []),
      ...callers.slice(0, 3).map(({ source, path, host }) => fromTenant(source, path, host)),
    ],
    fix: decision(decide),
  });
}
