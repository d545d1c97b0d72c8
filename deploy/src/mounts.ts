import { MCP_AUDIENCE } from "@sre-agent/crds";

/** A volume of a pod and where it is seen. */
export interface Mount {
  readonly name: string;
  readonly path: string;
  readonly source: object;
  readonly writable?: true;
}

const API_TOKEN_SECONDS = 3_600;
const MCP_TOKEN_SECONDS = 600;

/** The pod's own credential for the API server, as Kubernetes would mount it, but short-lived and only where it is used. */
export function apiCredentials(): Mount {
  const fields = [{ path: "namespace", fieldRef: { fieldPath: "metadata.namespace" } }];
  return {
    name: "api-credentials",
    path: "/var/run/secrets/kubernetes.io/serviceaccount",
    source: {
      projected: {
        sources: [
          { serviceAccountToken: { path: "token", expirationSeconds: API_TOKEN_SECONDS } },
          { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
          { downwardAPI: { items: fields } },
        ],
      },
    },
  };
}

/** The agent's token for the MCP servers: the API server refuses it. */
export function mcpToken(): Mount {
  const token = { path: "token", audience: MCP_AUDIENCE, expirationSeconds: MCP_TOKEN_SECONDS };
  return {
    name: "mcp-token",
    path: "/var/run/secrets/sre-agent",
    source: { projected: { sources: [{ serviceAccountToken: token }] } },
  };
}

/** A Secret as files. */
export function secretFiles(secret: { readonly name: string; readonly path: string; readonly optional?: true }): Mount {
  const { name, path, optional } = secret;
  return { name, path, source: { secret: { secretName: name, ...(optional ? { optional } : {}) } } };
}

/** The one place that can be written to. */
export function temporary(): Mount {
  return { name: "tmp", path: "/tmp", source: { emptyDir: { sizeLimit: "64Mi" } }, writable: true };
}
