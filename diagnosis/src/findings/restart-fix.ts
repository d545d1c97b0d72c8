import type { Fix } from "@sre-agent/crds";
import type { SnapshotObject } from "../snapshot/snapshot.ts";
import { decision } from "./fix.ts";

const RESTARTABLE = new Set(["Deployment", "StatefulSet", "DaemonSet"]);

/** A rolling restart; in words for what has no template to restart. `now` ISO 8601: the value of the annotation. */
export function restartFix(workload: SnapshotObject, now: string, why: string): Fix {
  const { kind, apiVersion, metadata } = workload;
  const { name, namespace, uid } = metadata;
  const summary = `restart ${kind}/${name}: ${why}`;
  if (!RESTARTABLE.has(kind) || namespace === undefined || uid === undefined) return decision(summary);
  const target = { apiVersion, kind, namespace, name, uid };
  return { kind: "action", action: { type: "Restart", target, parameters: { restartedAt: now } }, summary };
}
