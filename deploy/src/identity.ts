/** The namespace that sre-agent is installed in, and the identities of its four processes. */
export const SYSTEM_NAMESPACE = "sre-system";

export const SERVICE_ACCOUNTS = {
  operator: "sre-operator",
  agent: "sre-agent",
  read: "sre-mcp-read",
  act: "sre-mcp-act",
} as const;

/** The user name under which a ServiceAccount of ours authenticates. */
export function serviceAccountUser(name: string): string {
  return `system:serviceaccount:${SYSTEM_NAMESPACE}:${name}`;
}

/** Binds the act identity's write role in a namespace: what opts a namespace in. */
export const ACT_WRITE_ROLE = "sre-mcp-act-write";
