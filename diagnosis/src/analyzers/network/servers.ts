import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { backingBehind } from "./backing.ts";
import { isFailing } from "./client-trouble.ts";
import { type Call, callsOf } from "./clients.ts";

/** The workloads behind the Services that a workload is told to call. */
export function workloadsCalled(index: SnapshotIndex, client: SnapshotObject): readonly SnapshotObject[] {
  const calls = callsOf(index).filter((call) => call.client === client);
  return [...new Set(calls.flatMap((call) => behind(index, call)))];
}

/** The workloads that are told to call a Service in front of this one, and fail. */
export function failingCallers(index: SnapshotIndex, server: SnapshotObject): readonly SnapshotObject[] {
  const calls = callsOf(index).filter((call) => call.client !== server && behind(index, call).includes(server));
  return [...new Set(calls.map(({ client }) => client))].filter((client) => isFailing(index, client));
}

function behind(index: SnapshotIndex, { target }: Call): readonly SnapshotObject[] {
  const service = target && index.byName("Service", target.namespace, target.name);
  return (service && backingBehind(index, service)?.workloads) ?? [];
}
