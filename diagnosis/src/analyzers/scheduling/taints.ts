import { fromControlPlane } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import { untoleratedTaints } from "../../snapshot/node-match.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** Set by the node controllers, as a sign of what is wrong with the node itself. */
const OF_CONDITIONS = /^node\.(?:kubernetes|cloudprovider)\.(?:io|kubernetes\.io)\//;
const SHOWN = 3;

/** Taints that the pod does not tolerate, where they keep it off every node that it could use else. */
export function untolerated(_index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason | undefined {
  const { workload, message, nodes } = unscheduled;
  if (!/untolerated taint/.test(message)) return undefined;
  if (nodes.known && (nodes.open.length > 0 || nodes.reachable.length === 0)) return undefined;
  const taints = taintsOf(unscheduled);
  const texts = [...new Set([...taints.map(({ text }) => text), ...(nodes.known ? [] : namedIn(message))])];
  if (texts.length === 0) return undefined;
  const what = `${texts.slice(0, SHOWN).join(", ")}${texts.length > SHOWN ? ", …" : ""}`;
  const path = `${podSpecPath(workload)}.tolerations`;
  const condition = taints.some(({ key }) => OF_CONDITIONS.test(key));
  const tainted = [...new Set(taints.map(({ node }) => node))];
  return {
    key: `taint/${what}`,
    words: `it does not tolerate the taint ${what}${whereText(tainted)} (${path})`,
    evidence: taints.slice(0, SHOWN).map(({ node, text }) => fromControlPlane(node, "spec.taints", text)),
    decide: condition
      ? `repair the node: its taint ${what} says what is wrong with it`
      : `add a toleration for ${what} to ${path} if the workload belongs on that node, or remove the taint`,
    restsOn: condition ? tainted : [],
  };
}

function whereText(nodes: readonly SnapshotObject[]): string {
  const names = nodes.slice(0, SHOWN).map(({ metadata }) => metadata.name);
  return names.length === 0 ? "" : ` of node ${names.join(", ")}${nodes.length > SHOWN ? ", …" : ""}`;
}

/** Of the nodes that it could use but for their taints. */
function taintsOf({ pod, nodes }: Unscheduled) {
  return nodes.reachable.flatMap((node) =>
    untoleratedTaints(node, pod).map((taint) => ({ node, text: taintText(taint), key: String(taint["key"]) })),
  );
}

/** Schedulers before 1.34 say which. */
function namedIn(message: string): readonly string[] {
  return [...message.matchAll(/untolerated taint(?:\(s\))? \{([^}]+)\}/g)].map(([, taint = ""]) => taint.trim());
}

function taintText(taint: unknown): string {
  const value = textAt(taint, "value");
  return `${textAt(taint, "key") ?? ""}${value ? `=${value}` : ""}:${textAt(taint, "effect") ?? ""}`;
}
