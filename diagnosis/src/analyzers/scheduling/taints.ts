import { fromControlPlane } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, textAt } from "../../snapshot/json.ts";
import { podSpecPath } from "../../snapshot/pod-template.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** Set by the node controllers, as a sign of what is wrong with the node itself. */
const OF_CONDITIONS = /^node\.(?:kubernetes|cloudprovider)\.(?:io|kubernetes\.io)\//;

/** Taints that the pod does not tolerate. */
export function untolerated(index: SnapshotIndex, { workload, message }: Unscheduled): SchedulingReason | undefined {
  const named = [...message.matchAll(/untolerated taint(?:\(s\))? \{([^}]*)\}/g)].map(([, taint = ""]) => taint.trim());
  const keys = [...new Set(named.map((taint) => taint.split(/[:=]/)[0] ?? ""))].filter((key) => key !== "");
  const bare = /had untolerated taint\(s\)/.test(message);
  if (keys.length === 0 && !bare) return undefined;
  const nodes = index
    .ofKind("Node")
    .filter((node) =>
      objectsAt(node, "spec", "taints").some(({ key }) => keys.length === 0 || keys.includes(String(key))),
    );
  const taints = nodes.flatMap((node) =>
    objectsAt(node, "spec", "taints")
      .filter(({ key }) => keys.length === 0 || keys.includes(String(key)))
      .map((taint) => ({ node, text: taintText(taint), key: String(taint["key"]) })),
  );
  const texts = [...new Set(taints.map(({ text }) => text))];
  const what = texts.join(", ") || named.join(", ");
  const path = `${podSpecPath(workload)}.tolerations`;
  const condition = taints.some(({ key }) => OF_CONDITIONS.test(key));
  const where =
    nodes.length === 0
      ? ""
      : ` of node ${nodes
          .slice(0, 3)
          .map(({ metadata }) => metadata.name)
          .join(", ")}`;
  return {
    key: `taint/${what}`,
    words: `it does not tolerate the taint ${what}${where} (${path})`,
    evidence: taints.slice(0, 3).map(({ node, text }) => fromControlPlane(node, "spec.taints", text)),
    decide: condition
      ? `repair the node: its taint ${what} says what is wrong with it`
      : `add a toleration for ${what} to ${path} if the workload belongs on that node, or remove the taint`,
    restsOn: condition ? nodes : [],
  };
}

function taintText(taint: unknown): string {
  const value = textAt(taint, "value");
  return `${textAt(taint, "key") ?? ""}${value ? `=${value}` : ""}:${textAt(taint, "effect") ?? ""}`;
}
