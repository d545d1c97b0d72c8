import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { workloadsIn } from "./backing.ts";
import { latestUnresolved } from "./client-trouble.ts";
import { type Call, callsOf } from "./clients.ts";

/** Pods that somebody calls by host name and subdomain, which no Service carries: names come from a headless one alone. */
export function subdomain(index: SnapshotIndex): readonly Draft[] {
  if (!index.knows("Service")) return [];
  return index.snapshot.namespaces
    .flatMap((namespace) => workloadsIn(index, namespace))
    .filter(({ kind }) => kind !== "StatefulSet")
    .flatMap((workload) => {
      const name = textAt(podSpecOf(workload), "subdomain") ?? "";
      const absent = name !== "" && index.byName("Service", workload.metadata.namespace, name) === undefined;
      const call = absent ? unresolvedCall(index, workload, name) : undefined;
      return call === undefined ? [] : [subdomainFinding(index, workload, { name, call })];
    });
}

function unresolvedCall(index: SnapshotIndex, { metadata }: SnapshotObject, name: string): Call | undefined {
  return callsOf(index).find(
    ({ host, client }) =>
      host.split(".")[1] === name &&
      client.metadata.namespace === metadata.namespace &&
      latestUnresolved(index, client, host) !== undefined,
  );
}

interface Found {
  readonly name: string;
  readonly call: Call;
}

function subdomainFinding(index: SnapshotIndex, workload: SnapshotObject, { name, call }: Found): Draft {
  const path = `${podSpecPath(workload)}.subdomain`;
  const where = `${workload.kind}/${workload.metadata.name}`;
  const services = index.inNamespace("Service", workload.metadata.namespace ?? "").map(({ metadata }) => metadata.name);
  const near = nearestName(name, services);
  const said = latestUnresolved(index, call.client, call.host);
  return draft({
    analyzer: "subdomain",
    layer: call.client === workload ? "setting" : "apart",
    severity: "error",
    subject: workload,
    causeKey: [name],
    cause: `${path} of ${where} is ${name}, and no Service has that name${near === undefined ? "" : ` (the nearest is Service/${near})`}, so that ${call.host} does not resolve`,
    symptom: "its pods have no names of their own",
    accountsFor: call.client === workload ? [] : [call.client],
    evidence: [
      fromTenant(workload, path, name),
      fromTenant(call.source, call.path, call.host),
      ...(said === undefined ? [] : [fromTenant(said.object, said.path, said.line)]),
    ],
    change: lastEdit(workload, "spec.template"),
    fix: decision(
      `create the headless Service/${name} (clusterIP None) that selects the pods of ${where}, or let ${path} name one that exists`,
    ),
  });
}
