import { isRecord } from "../snapshot/json.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";

/** Fields whose loss makes a workload less safe, in a path of either notation. */
export const PROTECTIVE =
  /[./](resources[./]limits|livenessProbe|readinessProbe|startupProbe|securityContext)(?=[./]|$)/;

/** What else protects: budgets, quotas, what a network policy governs, what admission enforces. */
const POLICY: Readonly<Record<string, RegExp>> = {
  PodDisruptionBudget: /^\/spec\/(minAvailable|maxUnavailable)$/,
  ResourceQuota: /^\/spec\/hard\//,
  LimitRange: /^\/spec\/limits\//,
  NetworkPolicy: /^\/spec\/policyTypes\//,
  Namespace: /^\/metadata\/labels\/pod-security/,
};

/** A probe is there as long as it asks in some way; the fields of how it asks may go. */
const PROBE = /^.*(?:liveness|readiness|startup)Probe(?=\/)/;
const ASKING = /Probe\/(?:httpGet|tcpSocket|grpc|exec)\//;

/** With these values a field of a security context protects nothing. */
const OPEN: Readonly<Record<string, unknown>> = {
  runAsNonRoot: false,
  runAsUser: 0,
  readOnlyRootFilesystem: false,
  allowPrivilegeEscalation: true,
  privileged: true,
};

/** The first thing that protects in the one object and is gone from the other; undefined when nothing is lost. */
export function lostProtection(before: SnapshotObject, after: SnapshotObject): string | undefined {
  const kept = new Set(protectionsOf(after));
  return protectionsOf(before).find((protection) => !kept.has(protection));
}

function protectionsOf(object: SnapshotObject): readonly string[] {
  const { kind, metadata, spec } = object;
  const leaves = leavesOf({ metadata: { labels: metadata.labels }, spec }, "");
  return leaves.flatMap(([path, value]) => {
    if (POLICY[kind]?.test(path)) return [path];
    return PROTECTIVE.test(path) ? protectionAt(path, value) : [];
  });
}

function protectionAt(path: string, value: unknown): readonly string[] {
  const [probe] = PROBE.exec(path) ?? [];
  if (probe !== undefined) return ASKING.test(path) ? [probe] : [];
  const field = path.split("/").at(-1) ?? "";
  const grants = path.includes("/capabilities/add/") || (Object.hasOwn(OPEN, field) && OPEN[field] === value);
  return grants ? [] : [path];
}

type Leaf = readonly [path: string, value: unknown];

/** Members of a list of plain values go by their value: their order protects nothing. */
function leavesOf(value: unknown, path: string): readonly Leaf[] {
  if (Array.isArray(value)) {
    return value.flatMap((member, at) => leavesOf(member, `${path}/${typeof member === "string" ? member : at}`));
  }
  if (!isRecord(value)) return value === undefined ? [] : [[path, value]];
  return Object.entries(value).flatMap(([key, member]) => leavesOf(member, `${path}/${key}`));
}
