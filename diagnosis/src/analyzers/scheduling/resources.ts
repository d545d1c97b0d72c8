import { fromControlPlane, fromTenant } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt, valueAt } from "../../snapshot/json.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import { quantity } from "../../snapshot/quantity.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { usableNodes } from "./eligible-nodes.ts";
import type { SchedulingReason, Unscheduled } from "./unschedulable.ts";

/** Requests that no node can hold at all, or that none has room for now. */
export function insufficient(_index: SnapshotIndex, unscheduled: Unscheduled): SchedulingReason | undefined {
  const named = [...unscheduled.message.matchAll(/Insufficient ([^,.\s]+(?:\.[^,.\s]+)*)/g)].map(
    ([, name]) => name ?? "",
  );
  const resources = [...new Set(named)];
  if (resources.length === 0) return undefined;
  const reasons = resources.map((resource) => lackOf(unscheduled, resource));
  return {
    key: `insufficient/${resources.join(",")}`,
    words: reasons.map(({ words }) => words).join(" and "),
    evidence: reasons.flatMap(({ evidence }) => evidence),
    decide: reasons.map(({ decide }) => decide).join("; "),
  };
}

function lackOf({ workload, pod, nodes }: Unscheduled, resource: string) {
  const asked = requestsOf(podSpecOf(pod), resource);
  const total = asked.reduce((sum, one) => sum + one.amount, 0);
  const usable = usableNodes(nodes);
  const largest = usable.toSorted((a, b) => allocatable(b, resource) - allocatable(a, resource))[0];
  const requests = asked.map(({ container, text }) => `container ${container} requests ${text}`).join(", ");
  const path = `${podSpecPath(workload)}.containers[${asked[0]?.container ?? ""}].resources.requests.${resource}`;
  const offer = largest && fromControlPlane(largest, `status.allocatable.${resource}`, offeredBy(largest, resource));
  const evidence = [
    ...asked
      .slice(0, 3)
      .map(({ container, text }) =>
        fromTenant(pod, `spec.containers[${container}].resources.requests.${resource}`, text),
      ),
    ...(offer ? [offer] : []),
  ];
  if (largest !== undefined && total > allocatable(largest, resource)) {
    const which = usable.length < nodes.all.length ? "any node that it may use" : "any node";
    const words = `${requests} of ${resource} (${path}), more than ${which} has (the largest, ${largest.metadata.name}, has ${offeredBy(largest, resource)})`;
    return { words, evidence, decide: `lower ${path} to what the workload needs and a node has, or add a larger node` };
  }
  const words =
    requests === ""
      ? `no node has enough ${resource} left`
      : `${requests} of ${resource}, and no node has as much left`;
  return { words, evidence, decide: `free ${resource} on a node, add one, or lower ${path}` };
}

interface Request {
  readonly container: string;
  readonly text: string;
  readonly amount: number;
}

function requestsOf(spec: unknown, resource: string): readonly Request[] {
  return objectsAt(spec, "containers").flatMap((container) => {
    const text = valueAt(container, "resources", "requests", resource);
    const amount = quantity(text);
    return amount === undefined ? [] : [{ container: String(container["name"]), text: String(text), amount }];
  });
}

function offeredBy(node: SnapshotObject, resource: string): string {
  return String(valueAt(node, "status", "allocatable", resource) ?? "0");
}

function allocatable(node: SnapshotObject, resource: string): number {
  return quantity(valueAt(node, "status", "allocatable", resource)) ?? 0;
}
