import type { Fix } from "@sre-agent/crds";
import type { SnapshotIndex } from "../snapshot/index-snapshot.ts";
import { textAt } from "../snapshot/json.ts";
import { isLive, isReady } from "../snapshot/pod-state.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";
import { clip } from "./draft.ts";
import { decision } from "./fix.ts";

const MAX_SUMMARY = 500;
const MAX_DECISION = 1000;
const WAITS =
  "its StatefulSet waits for it to get ready and does not replace it (podManagementPolicy OrderedReady, kubernetes/kubernetes#67250)";

/**
 * A fix with what it takes to reach the pods. A StatefulSet that keeps its pods in order waits for one that is not ready
 * and does not replace it, whatever its template says by then: that pod has to be evicted afterwards. A patch alone would
 * repair nothing there, so that a person decides about both; a rollback stays an action, and the eviction is the fix of
 * what is found after it (`held-template`).
 */
export function reachingPods(index: SnapshotIndex, workload: SnapshotObject, fix: Fix): Fix {
  const [first, ...others] = waitedFor(index, workload);
  if (first === undefined) return fix;
  const names = [first, ...others].map(({ metadata }) => metadata.name).join(", ");
  const then = `then evict pod ${names}: ${WAITS}`;
  if (fix.kind === "decision") {
    const summary = `${fix.summary}; a change of the template reaches pod ${names} only when it is evicted after it: ${WAITS}`;
    return { ...fix, summary: clip(summary, MAX_DECISION) };
  }
  if (fix.kind === "patch") {
    const fields = fix.patch.map(({ path, from, to }) => `${path}: ${from ?? "absent"} → ${to ?? "removed"}`);
    return decision(`${fix.summary} (${fields.join("; ")}), ${then}`);
  }
  if (fix.action.type === "Restart" && others.length === 0) return evictFix(first, fix.summary) ?? fix;
  return { ...fix, summary: clip(`${fix.summary}; ${then}`, MAX_SUMMARY) };
}

function waitedFor(index: SnapshotIndex, workload: SnapshotObject): readonly SnapshotObject[] {
  const ordered = workload.kind === "StatefulSet" && textAt(workload, "spec", "podManagementPolicy") !== "Parallel";
  return ordered ? index.childrenOf(workload, "Pod").filter((pod) => isLive(pod) && !isReady(pod)) : [];
}

/** A restart goes through the pods in order, too: the one that hangs is made anew by itself. */
function evictFix({ apiVersion, kind, metadata }: SnapshotObject, why: string): Fix | undefined {
  const { uid, namespace, name } = metadata;
  if (uid === undefined || namespace === undefined) return undefined;
  const target = { apiVersion, kind, namespace, name, uid };
  const reason = why.replace(/^restart \S+: /, "");
  const summary = clip(`evict pod ${name} (a restart would wait for it): ${reason}`, MAX_SUMMARY);
  return { kind: "action", action: { type: "Evict", target, parameters: {} }, summary };
}
