import { type Connection, type ConnectOptions, connect } from "@sre-agent/kube";
import { type Invocation, type Option, textOption } from "../command.ts";

/** Options of every command that talks to a cluster. */
export const CLUSTER_OPTIONS = {
  kubeconfig: { type: "string", value: "FILE", description: "Kubeconfig; default $KUBECONFIG, then ~/.kube/config." },
  context: { type: "string", value: "NAME", description: "Context of the kubeconfig; default the current one." },
} as const satisfies Record<string, Option>;

/** The cluster that the invocation's options and environment point to: a kubeconfig, or the pod's own cluster. */
export async function connectCluster(invocation: Invocation, extra: ConnectOptions = {}): Promise<Connection> {
  const kubeconfig = kubeconfigOf(invocation);
  const context = textOption(invocation, "context");
  const inPod = kubeconfig === undefined && invocation.environment["KUBERNETES_SERVICE_HOST"] !== undefined;
  keepHeapSmall(inPod);
  return connect({
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    ...(context === undefined ? {} : { context }),
    ...(inPod ? { inCluster: true } : {}),
    ...extra,
  });
}

/** The kubeconfig that was chosen, one path or several; an empty variable chooses none. */
export function kubeconfigOf(invocation: Invocation): string | undefined {
  return textOption(invocation, "kubeconfig") ?? (invocation.environment["KUBECONFIG"] || undefined);
}

/**
 * Nearly all that is read is soon garbage: objects of lists, of which findings alone are kept. V8 would let it pile up to
 * several times what is in use, and the young generation grow to 48 MiB. In a pod NODE_OPTIONS says how large that one may
 * be; a person's program says so here, and not before lists are read: until then growth saves processor time.
 */
function keepHeapSmall(inPod: boolean): void {
  const { setFlagsFromString } = process.getBuiltinModule("node:v8");
  setFlagsFromString("--heap-growing-percent=50");
  if (!inPod) setFlagsFromString("--semi-space-growth-factor=1");
}
