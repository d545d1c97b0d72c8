import { lastEdit } from "../../changes/last-edit.ts";
import { clip, type Draft, draft, fromTenant, subjectOf } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type Backing, backingBehind, labelsOf } from "./backing.ts";
import { complaint } from "./client-trouble.ts";
import { type Call, callsOf } from "./clients.ts";
import { failsToReach } from "./failing-client.ts";
import type { Block } from "./flow-block.ts";
import { cutNames } from "./name-server-cut.ts";
import { type PodPort, podPortsOf, runningSpec, servicePortsOf } from "./pod-ports.ts";
import { blockOf } from "./policy-block.ts";
import { policyPorts } from "./policy-ports.ts";
import { type Direction, type End, type Flow, passes, policiesOn } from "./policy-rules.ts";
import { policySelectors } from "./policy-selectors.ts";

/** NetworkPolicies that cut a workload off from a Service that it is told to call, or from the name server. */
export function networkPolicy(index: SnapshotIndex): readonly Draft[] {
  if (index.ofKind("NetworkPolicy").length === 0) return [];
  const drafts = callsOf(index).flatMap((call) => {
    const flows = cutFlows(index, call);
    return flows.length > 0 ? flows : cutNames(index, call);
  });
  const cut = [...new Map(drafts.map((one) => [one.finding.id, one])).values()];
  const named = new Set(cut.map(({ finding }) => finding.subject.uid));
  const drifted = [...policySelectors(index), ...policyPorts(index)];
  return [...cut, ...drifted.filter(({ finding }) => !named.has(finding.subject.uid))];
}

/** The call as the policies of both its ends see it. */
function cutFlows(index: SnapshotIndex, call: Call): readonly Draft[] {
  const { target, client } = call;
  const service = target && index.byName("Service", target.namespace, target.name);
  const backing = service && backingBehind(index, service);
  const [server] = backing?.workloads ?? [];
  if (backing === undefined || server === undefined || server === client) return [];
  const port = targetPort(index, call, backing);
  if (port === undefined) return [];
  const [from, to] = [endOf(index, client), endOf(index, server)];
  const { declared } = podPortsOf(runningSpec(index, server));
  const ports = { port, declared, called: call.port ?? servicePortsOf(backing.service)[0]?.port };
  const flows: readonly (readonly [End, Flow])[] = [
    [from, { ...ports, direction: "egress", home: from.namespace, own: client, peer: to }],
    [to, { ...ports, direction: "ingress", home: to.namespace, own: server, peer: from }],
  ];
  return flows.flatMap(([own, flow]) => {
    // A pod on the network of its node is nothing that policies see.
    if (podSpecOf(own.workload)["hostNetwork"] === true) return [];
    const policies = policiesOn(index, own, flow.direction);
    const block = passes(index, policies, flow) ? undefined : blockOf(index, policies, flow);
    return block === undefined ? [] : [flowFinding(index, call, { block, direction: flow.direction })];
  });
}

function endOf(index: SnapshotIndex, workload: SnapshotObject): End {
  const pods = workload.kind === "Pod" ? [workload] : index.podsOf(workload).filter(isLive);
  return {
    workload,
    namespace: workload.metadata.namespace ?? "",
    labels: labelsOf(index, workload),
    addresses: pods.flatMap((pod) => textAt(pod, "status", "podIP") ?? []),
  };
}

/** The port of the pods behind the one that is called. */
function targetPort(index: SnapshotIndex, { port }: Call, { service, workloads }: Backing): PodPort | undefined {
  const ports = servicePortsOf(service);
  const called = ports.find((one) => one.port === port) ?? (port === undefined ? ports[0] : undefined);
  const [workload] = workloads;
  if (called === undefined || workload === undefined) return undefined;
  const { declared } = podPortsOf(runningSpec(index, workload));
  const fits = ({ name, number }: PodPort) => called.target === name || called.target === number;
  const bare = { name: undefined, number: Number(called.target), protocol: called.protocol };
  return declared.find(fits) ?? (typeof called.target === "number" ? bare : undefined);
}

interface Cut {
  readonly block: Block;
  readonly direction: Direction;
}

/** Sure where the client fails for it or the policy shows what was meant; a default denial may be meant as it is. */
function flowFinding(index: SnapshotIndex, call: Call, { block, direction }: Cut): Draft {
  const { client, target, host } = call;
  const { policy, words, path, value, evident, fix } = block;
  const fails = failsToReach(index, client, host);
  const said = complaint(index, client, host);
  const where = `${client.kind}/${client.metadata.name}`;
  return draft({
    analyzer: "network-policy",
    layer: "apart",
    severity: fails || evident ? "error" : "warning",
    subject: policy,
    causeKey: [path, client.metadata.name, target?.name ?? ""],
    cause: `NetworkPolicy/${policy.metadata.name} ${words}: ${where} cannot reach Service/${target?.name} (${call.words})`,
    symptom: `cuts ${where} off from Service/${target?.name}`,
    shared: `${policy.metadata.name}/${path}`,
    accountsFor: fails ? [client] : [],
    evidence: [
      fromTenant(policy, path, value),
      fromTenant(call.source, call.path, host),
      ...(said ? [fromTenant(said.object, said.path, clip(said.line, 500))] : []),
    ],
    explains: [{ subject: subjectOf(client), symptom: `cannot reach Service/${target?.name}` }],
    change: lastEdit(policy, `spec.${direction}`) ?? lastEdit(policy, "spec.podSelector"),
    fix,
  });
}
