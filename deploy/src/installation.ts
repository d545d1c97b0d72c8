import type { Choices, Role } from "./workloads.ts";

/** Replicas, and memory that was measured with room above it. */
const SIZES: Readonly<Record<Role, { readonly replicas: number; readonly request: string; readonly limit: string }>> = {
  operator: { replicas: 1, request: "96Mi", limit: "256Mi" },
  agent: { replicas: 1, request: "96Mi", limit: "256Mi" },
  "mcp-read": { replicas: 2, request: "96Mi", limit: "384Mi" },
  "mcp-act": { replicas: 1, request: "96Mi", limit: "256Mi" },
};

/** Requests and limits; no limit on CPU, which would only slow an incident down. */
function resourcesOf(role: Role): object {
  const { request, limit } = SIZES[role];
  return { requests: { cpu: "50m", memory: request }, limits: { memory: limit } };
}

/** What the committed manifests choose; kustomize changes it (`images`, `replicas`, patches). */
export function defaultChoices(version: string): Choices {
  return {
    image: `localhost/sre-agent:${version}`,
    imagePullPolicy: "IfNotPresent",
    replicas: (role) => SIZES[role].replicas,
    resources: resourcesOf,
    annotations: () => ({}),
  };
}
