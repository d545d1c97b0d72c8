import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, textAt, valueAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { complaint, latestUnresolved } from "./client-trouble.ts";
import { type Call, callsOf } from "./clients.ts";
import { corefile } from "./corefile.ts";
import { failsToReach } from "./failing-client.ts";
import { clusterDns } from "./name-server.ts";
import { type Incomplete, incompleteName } from "./search-domains.ts";

/** Why names of Services do not resolve: in the pods of one workload, or in the cluster. */
export function dns(index: SnapshotIndex): readonly Draft[] {
  return [...dnsPolicies(index), ...corefile(index)];
}

/** Workloads that call Services by name and do not ask the cluster's name server. */
function dnsPolicies(index: SnapshotIndex): readonly Draft[] {
  const inside = callsOf(index).filter(({ target, certain }) => {
    return target !== undefined && certain && index.byName("Service", target.namespace, target.name);
  });
  return [...Map.groupBy(inside, ({ client }) => client)].flatMap(([client, calls]) => {
    const incomplete = incompleteName(index, client, calls);
    return incomplete === undefined ? policyFinding(index, client, calls) : [nameFinding(index, client, incomplete)];
  });
}

function nameFinding(index: SnapshotIndex, client: SnapshotObject, found: Incomplete): Draft {
  const { call, path, value, words, pointer, from, to } = found;
  const where = `${client.kind}/${client.metadata.name}`;
  const said = complaint(index, client, call.host);
  const fails = failsToReach(index, client, call.host);
  return draft({
    analyzer: "dns",
    layer: fails ? "setting" : "apart",
    severity: "error",
    subject: client,
    causeKey: ["search"],
    cause: `${where} has ${path} ${value}, ${words}: ${call.host} (${call.words}) is not completed to the name of Service/${call.target?.name} in namespace ${call.target?.namespace}`,
    symptom: "short names of Services do not resolve",
    evidence: [
      fromTenant(client, path, value),
      fromTenant(call.source, call.path, call.host),
      ...(said ? [fromTenant(said.object, said.path, said.line)] : []),
    ],
    fix: patchFix(
      client,
      [{ path: pointer, from, to }],
      `let ${path} of ${where} complete ${call.host}, or call the Service by its whole name`,
    ),
  });
}

function policyFinding(index: SnapshotIndex, client: SnapshotObject, calls: readonly Call[]): readonly Draft[] {
  const lost = calls.find(({ host }) => latestUnresolved(index, client, host) !== undefined);
  const wrong = wrongPolicy(index, client, lost !== undefined);
  const call = lost ?? calls[0];
  if (wrong === undefined || call === undefined) return [];
  const said = complaint(index, client, call.host);
  const path = `${podSpecPath(client)}.dnsPolicy`;
  const where = `${client.kind}/${client.metadata.name}`;
  return [
    draft({
      analyzer: "dns",
      layer: failsToReach(index, client, call.host) ? "setting" : "apart",
      severity: "error",
      subject: client,
      causeKey: ["policy"],
      cause: `${where} has ${path} ${wrong.value}${wrong.because}, so that its pods do not ask the cluster's name server; ${call.words} names Service/${call.target?.name}`,
      symptom: "names of Services do not resolve",
      evidence: [
        fromTenant(client, path, wrong.value),
        fromTenant(call.source, call.path, call.host),
        ...(said ? [fromTenant(said.object, said.path, said.line)] : []),
      ],
      fix: patchFix(
        client,
        [
          {
            path: `${podSpecPointer(client)}/dnsPolicy`,
            from: valueAt(podSpecOf(client), "dnsPolicy"),
            to: wrong.right,
          },
        ],
        `set dnsPolicy of ${where} to ${wrong.right}`,
      ),
    }),
  ];
}

interface Policy {
  readonly value: string;
  readonly because: string;
  readonly right: "ClusterFirst" | "ClusterFirstWithHostNet";
}

function wrongPolicy(index: SnapshotIndex, client: SnapshotObject, unresolved: boolean): Policy | undefined {
  const spec = podSpecOf(client);
  const value = textAt(spec, "dnsPolicy") ?? "ClusterFirst";
  const right = spec["hostNetwork"] === true ? "ClusterFirstWithHostNet" : "ClusterFirst";
  if (value === "Default") return { value, because: "", right };
  if (value === "ClusterFirst" && spec["hostNetwork"] === true) {
    return { value, because: " with hostNetwork true, where that means Default (the name servers of the node)", right };
  }
  return value === "None" ? wrongServers(index, spec, { value, right, unresolved }) : undefined;
}

function wrongServers(
  index: SnapshotIndex,
  spec: Json,
  { value, right, unresolved }: Omit<Policy, "because"> & { readonly unresolved: boolean },
): Policy | undefined {
  const own = valueAt(spec, "dnsConfig", "nameservers");
  const cluster = textAt(clusterDns(index), "spec", "clusterIP");
  if (!Array.isArray(own) || own.includes(cluster)) return undefined;
  // A cache on the node asks the cluster's name server too, and that one's address may not have been read.
  const known = cluster !== undefined && !own.some((address) => String(address).startsWith("169.254."));
  if (!known && !unresolved) return undefined;
  const lacks = cluster === undefined ? "which do not know Services" : `which lack ${cluster}`;
  return { value, because: ` with dnsConfig.nameservers ${own.join(", ")}, ${lacks}`, right };
}
