import type { Connection } from "@sre-agent/kube";

/** A cluster that the demo may play in: the embedded one, or a real one. */
export interface Playground {
  readonly title: string;
  /** Who runs the demo: installs, and plays the incident. No process of sre-agent ever gets this credential. */
  readonly admin: Connection;
  /** Path of the kubeconfig behind `admin`, for a person who wants to look. */
  readonly kubeconfig: string;
  /** Where namespace, workload and custom resources of this run are. */
  readonly namespace: string;
  /** The container image of the demo's workload, and how it is pulled. */
  readonly image: { readonly name: string; readonly pullPolicy: "IfNotPresent" | "Never" };
  /** Path of a kubeconfig that authenticates as one of our ServiceAccounts and as nobody else. */
  kubeconfigOf(account: string): Promise<string>;
  /** A token of a ServiceAccount for an audience of ours. */
  tokenOf(account: string, audience: string): Promise<string>;
  /** The approver's own connection: a person, not the one who runs the demo and not a ServiceAccount. */
  approver(): Promise<Connection>;
  close(): Promise<void>;
}

export const APPROVER = "demo-approver";
