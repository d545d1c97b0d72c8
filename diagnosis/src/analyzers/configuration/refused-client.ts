import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { containerStates, isLive, isReady } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { complaints, type Said } from "../network/client-trouble.ts";

export interface Refused {
  readonly workload: SnapshotObject;
  readonly said: Said;
}

/** What a client says whose credentials are not those that the server knows. */
const REFUSED =
  /\b401\b|unauthori[sz]ed|unauthenticated|authentication (?:failed|error|failure)|failed to authenticate|auth failed|invalid (?:password|credentials?|token|api[ -]?key|signature)|(?:wrong|incorrect|bad) (?:password|credentials?)|login (?:failed|incorrect)|access denied for user|WRONGPASS|NOAUTH|ACCESS_REFUSED/i;

/** Whether a line says that credentials are not those that a server knows. */
export function isRefusedLogin(line: string): boolean {
  return REFUSED.test(line);
}

/** Workloads that read `source`, fail since it was written at `at`, and say that their credentials are refused. */
export function refusedClients(index: SnapshotIndex, source: SnapshotObject, at: string): readonly Refused[] {
  const readers = index
    .inNamespace("Pod", source.metadata.namespace ?? "")
    .filter((pod) => isLive(pod) && !isReady(pod) && reads(pod, source) && startedAfter(pod, at));
  return [...new Set(readers.map((pod) => index.rootOf(pod)))].flatMap((workload) => {
    const said = complaints(index, workload).find(({ line }) => REFUSED.test(line));
    return said === undefined ? [] : [{ workload, said }];
  });
}

function reads(pod: SnapshotObject, { kind, metadata }: SnapshotObject): boolean {
  return referencesOf(podSpecOf(pod)).some((one) => one.kind === kind && one.name === metadata.name);
}

function startedAfter(pod: SnapshotObject, at: string): boolean {
  return containerStates(pod).some(({ startedAt, termination }) => (startedAt ?? termination?.startedAt ?? "") >= at);
}
