import type { Fix } from "@sre-agent/crds";
import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision, patchFix } from "../../findings/fix.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt, valueAt } from "../../snapshot/json.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { labelsOf } from "./backing.ts";
import { complaint } from "./client-trouble.ts";
import type { Call } from "./clients.ts";
import { failsToReach } from "./failing-client.ts";
import { type MissedServer, missedServer } from "./name-server.ts";
import { DNS_PORTS, TO_NAME_SERVER } from "./name-server-rule.ts";
import { opens, peersOf, policiesOn, rulesOf } from "./policy-rules.ts";

/** A client that calls by name and may not ask any name server. */
export function cutNames(index: SnapshotIndex, call: Call): readonly Draft[] {
  const { client } = call;
  const home = client.metadata.namespace ?? "";
  // A workload with name servers of its own asks nobody in the cluster.
  const { dnsPolicy, hostNetwork } = podSpecOf(client);
  if (!call.certain || dnsPolicy === "None" || hostNetwork === true) return [];
  const policies = policiesOn(index, { namespace: home, labels: labelsOf(index, client) }, "egress");
  const [policy] = policies.toSorted((a, b) => specificity(b) - specificity(a));
  const ways = policies.flatMap((one) => waysOf(index, one, home));
  // A resolver asks by UDP, and by TCP only what does not fit.
  if (policy === undefined || ways.some(({ missed, protocol }) => missed === undefined && protocol === "UDP"))
    return [];
  const lost = ways.find(({ missed, named }) => missed !== undefined && named) ?? ways.find(({ missed }) => missed);
  const byTcp = ways.some(({ missed }) => missed === undefined);
  return [cutFinding(index, call, { policy: (byTcp ? undefined : lost?.policy) ?? policy, lost, byTcp })];
}

/** A rule that opens port 53 to somebody. */
interface Way {
  readonly policy: SnapshotObject;
  readonly protocol: string;
  /** Why it does not lead to the name server; absent when it may. */
  readonly missed: MissedServer | undefined;
  readonly peer: Json;
  /** The peer's place, for people and as JSON pointer. */
  readonly path: string;
  readonly pointer: string;
  /** Port 53 stands in the rule: it was meant for the name server. */
  readonly named: boolean;
}

function waysOf(index: SnapshotIndex, policy: SnapshotObject, home: string): readonly Way[] {
  return rulesOf(policy, "egress").flatMap((rule, position) =>
    DNS_PORTS.filter((port) => opens(rule, port)).flatMap(({ protocol }) => {
      const peers = peersOf(rule, "egress");
      const base = { policy, protocol, named: objectsAt(rule, "ports").length > 0 };
      const at = (place: number) => ({
        path: `spec.egress[${position}].to[${place}]`,
        pointer: `/spec/egress/${position}/to/${place}`,
      });
      if (peers.length === 0) return [{ ...base, peer: {}, missed: undefined, ...at(0) }];
      return peers.map((peer, place) => ({ ...base, peer, missed: missedServer(index, peer, home), ...at(place) }));
    }),
  );
}

interface Cut {
  readonly policy: SnapshotObject;
  /** The rule that opens port 53 to others alone. */
  readonly lost: Way | undefined;
  readonly byTcp: boolean;
}

function cutFinding(index: SnapshotIndex, call: Call, cut: Cut): Draft {
  const { client, host, words, source, path } = call;
  const { policy, lost } = cut;
  const where = `${client.kind}/${client.metadata.name}`;
  const { name } = policy.metadata;
  const said = complaint(index, client, host);
  const fails = failsToReach(index, client, host);
  const guessed = !cut.byTcp && lost?.missed?.guessed === true;
  return draft({
    analyzer: "network-policy",
    layer: "apart",
    severity: guessed && !fails ? "warning" : "error",
    subject: policy,
    causeKey: ["dns", client.metadata.name],
    cause: `NetworkPolicy/${name} lets no pod of ${where} ask a name server: ${reasonOf(cut)}, and ${words} names ${host}`,
    symptom: `cuts ${where} off from the name server`,
    shared: `${name}/dns`,
    accountsFor: fails ? [client] : [],
    evidence: [
      fromTenant(policy, "spec.egress", rulesText(policy, cut)),
      fromTenant(source, path, host),
      ...(said ? [fromTenant(said.object, said.path, clip(said.line, 500))] : []),
    ],
    explains: [{ subject: subjectOf(client), symptom: "names do not resolve" }],
    change: lastEdit(policy, "spec.egress") ?? lastEdit(policy, "spec.policyTypes"),
    fix: dnsFix(cut),
  });
}

function reasonOf({ lost, byTcp }: Cut): string {
  if (byTcp) return "no egress rule opens port 53 by UDP";
  if (lost?.missed === undefined) return "no egress rule opens port 53";
  const { field } = lost.missed;
  return `port 53 is open to ${lost.missed.words} (${lost.path}${field === undefined ? "" : `.${field}`})`;
}

function rulesText(policy: SnapshotObject, { lost, byTcp }: Cut): string {
  const count = rulesOf(policy, "egress").length;
  if (count === 0) return "(none)";
  return `${count} rules, none with port 53${byTcp ? " by UDP" : ""}${lost && !byTcp ? " to a name server" : ""}`;
}

function specificity(policy: SnapshotObject): number {
  return Object.keys(valueAt(policy, "spec", "podSelector", "matchLabels") ?? {}).length;
}

/** The selector of a rule that was meant for it, else one rule more. */
function dnsFix({ policy, lost, byTcp }: Cut): Fix {
  const summary = `let NetworkPolicy/${policy.metadata.name} open port 53 to the cluster's name server`;
  const field = lost?.missed?.field;
  const [right] = TO_NAME_SERVER.to;
  if (!byTcp && lost?.named === true && (field === "namespaceSelector" || field === "podSelector")) {
    if (lost.missed?.guessed === true) return decision(`${summary}: correct ${lost.path}.${field}`);
    return patchFix(
      policy,
      [{ path: `${lost.pointer}/${field}`, from: lost.peer[field], to: right?.[field] }],
      summary,
    );
  }
  const rules = rulesOf(policy, "egress");
  const edit = { path: "/spec/egress", from: valueAt(policy, "spec", "egress"), to: [...rules, TO_NAME_SERVER] };
  return patchFix(policy, [edit], summary);
}
