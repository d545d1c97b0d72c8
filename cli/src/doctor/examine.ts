import { createReader, isKubeError, systemClock } from "@sre-agent/kube";
import type { Invocation } from "../command.ts";
import { textOption } from "../command.ts";
import { connectCluster } from "../compose/cluster.ts";
import { type Check, fail, ok } from "./check.ts";
import { type Cluster, checkMetrics, checkNamespace, checkReading, checkServer } from "./cluster-checks.ts";
import { checkAdmission, checkApproving, checkKinds, checkPolicy, checkProcesses } from "./installation-checks.ts";
import { checkBackends, checkModel } from "./setting-checks.ts";
import { checkActing, checkInvestigations } from "./work-checks.ts";

/** Everything that has to be right, in the order in which one thing needs the other. */
export async function examine(invocation: Invocation): Promise<readonly Check[]> {
  const { environment, signal, options } = invocation;
  const settings = { environment, signal };
  return [
    ...(await checkCluster(invocation)),
    ...(await checkBackends(settings)),
    ...(await checkModel(settings, options["model"] === true)),
  ];
}

async function checkCluster(invocation: Invocation): Promise<readonly Check[]> {
  try {
    const connection = await connectCluster(invocation);
    try {
      const namespace = textOption(invocation, "namespace") ?? connection.namespace;
      const cluster = { connection, reader: createReader(connection), namespace, signal: invocation.signal };
      return [ok("kubeconfig", `user ${connection.user}, namespace ${namespace}`), ...(await checkConnected(cluster))];
    } finally {
      await connection.close();
    }
  } catch (error) {
    if (!isKubeError(error, "NO_KUBECONFIG")) throw error;
    return [fail("kubeconfig", error.message, "Choose one with --kubeconfig FILE and --context NAME, or KUBECONFIG.")];
  }
}

async function checkConnected(cluster: Cluster): Promise<readonly Check[]> {
  const server = await checkServer(cluster);
  if (server.some(({ status }) => status === "fail")) return server;
  const [namespace, reading, metrics, kinds] = await Promise.all([
    checkNamespace(cluster),
    checkReading(cluster),
    checkMetrics(cluster),
    checkKinds(cluster),
  ]);
  const installed = kinds.found.startsWith("not installed") ? [] : await checkInstalled(cluster);
  return [...server, ...namespace, ...reading, metrics, kinds, ...installed];
}

async function checkInstalled(cluster: Cluster): Promise<readonly Check[]> {
  const [admission, policy, approving, acting, processes, investigations] = await Promise.all([
    checkAdmission(cluster),
    checkPolicy(cluster),
    checkApproving(cluster),
    checkActing(cluster),
    checkProcesses(cluster, systemClock.now),
    checkInvestigations(cluster),
  ]);
  return [admission, policy, approving, ...acting, ...processes, ...investigations];
}
