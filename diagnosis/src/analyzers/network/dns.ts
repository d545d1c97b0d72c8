import { lastEdit } from "../../changes/last-edit.ts";
import { type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, textAt, valueAt } from "../../snapshot/json.ts";
import { nearestName } from "../../snapshot/nearest-name.ts";
import { podSpecOf, podSpecPath, podSpecPointer } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { complaint, latestUnresolved } from "./client-trouble.ts";
import { type Call, callsOf } from "./clients.ts";
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

/** CoreDNS's configuration, where it was read: it has to serve the cluster's own zone. */
function corefile(index: SnapshotIndex): readonly Draft[] {
  const map = index.byName("ConfigMap", "kube-system", "coredns");
  const text = textAt(map, "data", "Corefile");
  const wrong = text === undefined ? undefined : wrongCorefile(text);
  if (map === undefined || wrong === undefined) return [];
  const lost = callsOf(index).filter(
    ({ target }) => target !== undefined && index.byName("Service", target.namespace, target.name),
  );
  const failing = lost.filter(({ client, host }) => complaint(index, client, host) !== undefined);
  const server = index.byName("Deployment", "kube-system", "coredns");
  return [
    draft({
      analyzer: "dns",
      layer: "apart",
      severity: "error",
      subject: map,
      causeKey: ["corefile"],
      cause: `the Corefile of ConfigMap/coredns ${wrong.words}: names of Services do not resolve in the cluster`,
      symptom: "the cluster's name server does not serve its zone",
      accountsFor: [...failing.map(({ client }) => client), ...(server ? [server] : [])],
      evidence: [fromTenant(map, "data[Corefile]", wrong.line)],
      change: lastEdit(map, "data.Corefile") ?? lastEdit(map, "data"),
      fix: decision(
        "restore the Corefile: the zone cluster.local is served by the plugin kubernetes, everything else is forwarded",
      ),
    }),
  ];
}

interface WrongLine {
  readonly words: string;
  readonly line: string;
}

const NEGATIVE = /rcode\s+(NXDOMAIN|SERVFAIL|REFUSED)/i;

function wrongCorefile(text: string): WrongLine | undefined {
  const lines = text.split("\n").map((line) => line.replace(/#.*/, "").trim());
  const zone = lines.find((line) => /^kubernetes\b/.test(line));
  if (zone === undefined) return { words: "has no plugin kubernetes", line: "(absent)" };
  const template = lines.findIndex((line) => /^template\b.*(?:cluster\.local|svc)/.test(line));
  const negative = template < 0 ? undefined : lines.slice(template, template + 6).find((line) => NEGATIVE.test(line));
  if (negative !== undefined) {
    return { words: `answers "${negative}" for the cluster's own zone`, line: `${lines[template]} ${negative}` };
  }
  const open = lines.join("").split("{").length - lines.join("").split("}").length;
  if (open !== 0)
    return { words: "has braces that do not match, so that it cannot be loaded", line: text.slice(0, 200) };
  // Another zone than cluster.local is somebody's choice, unless it is all but that.
  const near = zone
    .split(/\s+/)
    .slice(1)
    .find((one) => nearestName(one, ["cluster.local"]) !== undefined);
  return near === undefined || /\bcluster\.local\b/.test(zone)
    ? undefined
    : { words: `serves the zone ${near} instead of cluster.local`, line: zone };
}
