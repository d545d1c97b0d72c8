import type { Manifest } from "../object.ts";

export const NODE_NAME = "sandbox";
export const NODE_IP = "10.0.0.1";

/** What every cluster has before anybody uses it. */
export function clusterObjects(): readonly Manifest[] {
  const namespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];
  return [...namespaces.map(namespace), node()];
}

export function namespace(name: string): Manifest {
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { "kubernetes.io/metadata.name": name } },
  };
}

function node(): Manifest {
  const capacity = { cpu: "4", memory: "16Gi", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: NODE_NAME, labels: { "kubernetes.io/hostname": NODE_NAME, "kubernetes.io/os": "linux" } },
    spec: {},
    status: {
      addresses: [
        { type: "InternalIP", address: NODE_IP },
        { type: "Hostname", address: NODE_NAME },
      ],
      allocatable: capacity,
      capacity,
      conditions: [
        { type: "MemoryPressure", status: "False", reason: "KubeletHasSufficientMemory" },
        { type: "DiskPressure", status: "False", reason: "KubeletHasNoDiskPressure" },
        { type: "PIDPressure", status: "False", reason: "KubeletHasSufficientPID" },
        { type: "Ready", status: "True", reason: "KubeletReady", message: "kubelet is posting ready status" },
      ],
      nodeInfo: {
        architecture: "amd64",
        containerRuntimeVersion: "containerd://1.6.20",
        kernelVersion: "6.18.0",
        kubeletVersion: "v1.34.4",
        operatingSystem: "linux",
        osImage: "Debian GNU/Linux 12 (bookworm)",
      },
    },
  };
}
