import { metadataOf, type Role, selectorOf, WORKLOADS } from "./workloads.ts";

/** Where a Prometheus, a Loki and the like run: may scrape every role, and is asked by mcp-read. */
const MONITORING = { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } };

const port = (number: number, protocol = "TCP") => ({ port: number, protocol });
const podsOf = (role: Role) => ({ podSelector: { matchLabels: selectorOf(role) } });

const DNS = { ports: [port(53, "UDP"), port(53)] };
/** The API server has no pod to select; its Service and its endpoints listen on these. */
const API_SERVER = { ports: [port(443), port(6443)] };

const to = (role: Role) => ({ to: [podsOf(role)], ports: [port(WORKLOADS[role].port)] });

interface Flows {
  readonly callers: readonly Role[];
  readonly egress: readonly object[];
}

/** Who calls whom. The agent reaches no API server and, until an installation adds its model's address, nothing outside. */
const FLOWS: Readonly<Record<Role, Flows>> = {
  operator: { callers: [], egress: [DNS, API_SERVER, to("agent")] },
  agent: { callers: ["operator"], egress: [DNS, to("mcp-read"), to("mcp-act")] },
  "mcp-read": { callers: ["agent"], egress: [DNS, API_SERVER, { to: [MONITORING] }] },
  "mcp-act": { callers: ["agent"], egress: [DNS, API_SERVER] },
};

/** One policy a role: everything that is not named is refused, where the cluster's network enforces policies. */
export function networkPolicies(): readonly object[] {
  return (Object.keys(FLOWS) as Role[]).map((role) => {
    const { callers, egress } = FLOWS[role];
    return {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: metadataOf(role),
      spec: {
        podSelector: { matchLabels: selectorOf(role) },
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from: [...callers.map(podsOf), MONITORING], ports: [port(WORKLOADS[role].port)] }],
        egress,
      },
    };
  });
}
