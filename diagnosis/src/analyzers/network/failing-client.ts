import { alarmOf } from "../../log/fatal-line.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { hostsBlamed } from "./addresses.ts";
import {
  complaint,
  complaints,
  isFailing,
  isUnreached,
  lastLines,
  lastWord,
  mayWait,
  type Said,
} from "./client-trouble.ts";
import { callsOf } from "./clients.ts";

/**
 * Whether a workload that is told to call `host` fails for not reaching it: it says so, or it fails in a way that fits
 * and complains of nothing else. What it says of nobody by name is about the only one that it is told to call.
 */
export function failsToReach(index: SnapshotIndex, client: SnapshotObject, host: string): boolean {
  if (complaint(index, client, host) !== undefined) return true;
  const said = complaints(index, client);
  const unreached = said.filter(({ line }) => isUnreached(line));
  if (isFailing(index, client)) return unreached.length > 0 || (said.length === 0 && mayWait(index, client));
  const nameless = unreached.some(({ line }) => alarmOf(line) > 0 && hostsBlamed(line).length === 0);
  return nameless && isOnlyCall(index, client, host);
}

const REFUSING =
  /\b(?:HTTP|status|code|error|returned|got)\W{0,9}[45]\d\d\b|\b[45]\d\d (?:Not Found|Bad Gateway|Bad Request|Forbidden)\b|[ >]000\b/i;

/** The last word of a client about `host`, or of one that calls nobody else, when it is an answer that is none. */
export function answeredWrongly(index: SnapshotIndex, client: SnapshotObject, host: string): Said | undefined {
  const own = isOnlyCall(index, client, host) ? lastLines(index, client).at(-1) : undefined;
  const last = lastWord(index, client, host) ?? own;
  return last !== undefined && REFUSING.test(last.line) ? last : undefined;
}

function isOnlyCall(index: SnapshotIndex, client: SnapshotObject, host: string): boolean {
  const hosts = callsOf(index).filter((call) => call.client === client);
  return hosts.every((call) => call.host === host);
}
