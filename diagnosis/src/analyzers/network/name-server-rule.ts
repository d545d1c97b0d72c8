import type { PodPort } from "./pod-ports.ts";

export const DNS_PORTS: readonly PodPort[] = ["UDP", "TCP"].map((protocol) => ({ name: "dns", number: 53, protocol }));

/** The rule that opens the cluster's name server. */
export const TO_NAME_SERVER = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [
    { protocol: "UDP", port: 53 },
    { protocol: "TCP", port: 53 },
  ],
};
