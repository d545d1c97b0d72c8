/** A kubeconfig as JSON, which every YAML reader takes. */
export function kubeconfigOf(server: string, token: string): string {
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": "sandbox",
    clusters: [{ name: "sandbox", cluster: { server } }],
    users: [{ name: "sandbox-admin", user: { token } }],
    contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: "sandbox-admin", namespace: "default" } }],
  });
}
