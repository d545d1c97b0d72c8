import { alarmOf } from "../../log/fatal-line.ts";
import { eventMessage } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { ageMs, containerStates, isLive, isReady, phaseOf } from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { hasWord } from "../../snapshot/whole-word.ts";
import { targetOf } from "./target.ts";

/** What a process says when it does not reach somebody. */
const UNREACHED =
  /refused|timed? ?out|deadline exceeded|no such host|not resolve|resolution|name or service not known|nodename nor servname|unreachable|no route|ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|bad address|can.t connect|cannot connect|unable to connect|could not connect|failed to connect|connection (?:reset|failed|error)|waiting for|not reachable|NXDOMAIN|no servers could be reached|\b50[234]\b/i;

/** A line, and where it stands. */
export interface Said {
  readonly object: SnapshotObject;
  readonly path: string;
  readonly line: string;
}

/** What the pods of a workload say about not reaching `host`: in their logs, last words and failed probes. */
export function complaint(index: SnapshotIndex, client: SnapshotObject, host: string): Said | undefined {
  const called = addressesOf(index, client, host);
  const said = complaints(index, client).find(({ line }) => called.some((one) => namesHost(line, one)));
  const last = said ?? lastWord(index, client, host);
  return said ?? (last !== undefined && UNREACHED.test(last.line) ? last : undefined);
}

/** The last thing that a workload says about `host`, by its name or its address. */
export function lastWord(index: SnapshotIndex, client: SnapshotObject, host: string): Said | undefined {
  const called = addressesOf(index, client, host);
  return lastLines(index, client)
    .filter(({ line }) => called.some((one) => namesHost(line, one)))
    .at(-1);
}

/** The end of the log of each of its pods. */
export function lastLines(index: SnapshotIndex, client: SnapshotObject): readonly Said[] {
  return heard(index, client).last;
}

/** A host, and the address of the Service that it means: programs resolve before they complain. */
function addressesOf(index: SnapshotIndex, { metadata }: SnapshotObject, host: string): readonly string[] {
  const target = targetOf(index, metadata.namespace ?? "", host);
  const address = target && textAt(index.byName("Service", target.namespace, target.name), "spec", "clusterIP");
  return address === undefined || !/^[\d.]+$|:/.test(address) ? [host] : [host, address];
}

/** Every line with which a workload complains; of one that is well only those that are errors by their own words. */
export function complaints(index: SnapshotIndex, client: SnapshotObject): readonly Said[] {
  return heard(index, client).complaints;
}

interface Heard {
  readonly failing: boolean;
  readonly complaints: readonly Said[];
  /** The end of the log of each of its pods. */
  readonly last: readonly Said[];
}

const known = new WeakMap<SnapshotIndex, Map<SnapshotObject, Heard>>();

/** Read once for a workload, however many it is told to call. */
function heard(index: SnapshotIndex, client: SnapshotObject): Heard {
  const ofIndex = known.get(index) ?? new Map<SnapshotObject, Heard>();
  known.set(index, ofIndex);
  const found = ofIndex.get(client) ?? listen(index, client);
  ofIndex.set(client, found);
  return found;
}

function listen(index: SnapshotIndex, client: SnapshotObject): Heard {
  const failing = findsFailing(index, client);
  const said = utterances(index, client);
  return {
    failing,
    complaints: said.filter(({ line }) => alarmOf(line) > 0 || (failing && UNREACHED.test(line))),
    last: podsOf(index, client).flatMap((pod) => logLines(index, pod).slice(-RECENT_LINES)),
  };
}

/** Whether a line says that somebody was not reached. */
export function isUnreached(line: string): boolean {
  return UNREACHED.test(line);
}

const UNRESOLVED =
  /not resolve|no such host|name or service not known|nodename nor servname|UnknownHost|ENOTFOUND|EAI_AGAIN|bad address|NXDOMAIN|no servers could be reached|resolution/i;
const RECENT_LINES = 20;

/** The last thing that the client says about the name of `host`, when that is that it does not resolve. */
export function latestUnresolved(index: SnapshotIndex, client: SnapshotObject, host: string): Said | undefined {
  const last = lastWord(index, client, host);
  return last !== undefined && UNRESOLVED.test(last.line) ? last : undefined;
}

const STARTING_MS = 5_000;

/** A pod of the workload does not come up, or does not stay up. */
export function isFailing(index: SnapshotIndex, client: SnapshotObject): boolean {
  return heard(index, client).failing;
}

function findsFailing(index: SnapshotIndex, client: SnapshotObject): boolean {
  return podsOf(index, client).some((pod) => {
    const started = (ageMs(index.nowMs, pod.metadata.creationTimestamp) ?? 0) > STARTING_MS;
    const restarting = containerStates(pod).some(({ waiting }) => waiting?.reason === "CrashLoopBackOff");
    return phaseOf(pod) === "Failed" || (isLive(pod) && (restarting || (started && !isReady(pod))));
  });
}

/** What a readiness check of a dependency looks like from outside. */
const DEPENDENT_PROBE = /^Readiness probe failed:(?:\s*$| HTTP probe failed with statuscode: 50\d)/;

/**
 * Without a word of its own: an init container that keeps running, an exit that no signal and no missing command made,
 * or a readiness check that fails without saying why.
 */
export function mayWait(index: SnapshotIndex, client: SnapshotObject): boolean {
  return podsOf(index, client).some((pod) => {
    const waits = containerStates(pod).some(({ init, running, termination }) => {
      const code = termination?.exitCode ?? 0;
      return (init && running) || (code > 0 && code < 126);
    });
    return waits || index.eventsOf(pod).some((event) => !isReady(pod) && DEPENDENT_PROBE.test(eventMessage(event)));
  });
}

function podsOf(index: SnapshotIndex, client: SnapshotObject): readonly SnapshotObject[] {
  return client.kind === "Pod" ? [client] : index.podsOf(client);
}

const MAX_LINES = 400;

function utterances(index: SnapshotIndex, client: SnapshotObject): readonly Said[] {
  return podsOf(index, client).flatMap((pod) => [
    ...logLines(index, pod),
    ...lastWords(pod),
    ...failedProbes(index, pod),
  ]);
}

function logLines(index: SnapshotIndex, pod: SnapshotObject): readonly Said[] {
  const { namespace = "", name } = pod.metadata;
  return containerStates(pod).flatMap(({ name: container }) =>
    [true, false].flatMap((previous) => {
      const text = index.logOf({ namespace, pod: name, container, previous })?.text ?? "";
      const path = previous ? `log[${container}] previous` : `log[${container}]`;
      const lines = text.split("\n").filter((line) => line.trim() !== "");
      return lines.slice(-MAX_LINES).map((line) => ({ object: pod, path, line: line.trim() }));
    }),
  );
}

function lastWords(pod: SnapshotObject): readonly Said[] {
  return containerStates(pod).flatMap(({ termination, terminationPath }) => {
    const line = termination?.message.trim() ?? "";
    return line === "" ? [] : [{ object: pod, path: `${terminationPath}.message`, line }];
  });
}

/** What a failed exec probe printed; an HTTP probe speaks of the pod itself. */
function failedProbes(index: SnapshotIndex, pod: SnapshotObject): readonly Said[] {
  if (isReady(pod)) return [];
  return index
    .eventsOf(pod)
    .filter(
      (event) =>
        textAt(event, "reason") === "Unhealthy" &&
        !/Get "http|dial tcp|failed:\s*$|statuscode/.test(eventMessage(event)),
    )
    .map((event) => ({ object: pod, path: "event Unhealthy", line: eventMessage(event) }));
}

/** Whether a line names a host, not only one whose name holds it. */
export function namesHost(line: string, host: string): boolean {
  return hasWord(line.toLowerCase(), host.toLowerCase(), /[a-z0-9-]/);
}
