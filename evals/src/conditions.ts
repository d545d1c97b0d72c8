import { setTimeout as sleep } from "node:timers/promises";
import type { KubeObject, Reader } from "@sre-agent/kube";
import type { Condition } from "./scenario.ts";

const POLL_MS = 1_000;
const MAX_ITEMS = 500;

interface Patience {
  readonly seconds: number;
  readonly what: string;
  readonly signal: AbortSignal;
}

/** Polls until `missing` names nothing more. @throws Error with what is still missing at the deadline, or when aborted. */
export async function waitUntil(
  missing: () => Promise<readonly string[]>,
  { seconds, what, signal }: Patience,
): Promise<void> {
  const deadline = Date.now() + seconds * 1_000;
  for (;;) {
    const left = await missing();
    if (left.length === 0) return;
    if (Date.now() > deadline) throw new Error(`${what} not within ${seconds} s: ${left.join("; ")}`);
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** The conditions that do not hold now, in words. */
export async function unmet(
  reader: Reader,
  namespace: string,
  conditions: readonly Condition[],
): Promise<readonly string[]> {
  const held = await Promise.all(conditions.map((condition) => holds(reader, namespace, condition)));
  return conditions
    .filter((_, index) => held[index] === false)
    .map(({ kind, name, matches, none }) => `${none ? "no " : ""}${kind} ${name ?? ""} ~ /${matches}/`);
}

async function holds(reader: Reader, namespace: string, condition: Condition): Promise<boolean> {
  const type = await reader.resolve(condition.kind);
  const scope = type.namespaced ? { namespace: condition.namespace ?? namespace } : {};
  const { items } = await reader.listAll(type, { ...scope, maxItems: MAX_ITEMS });
  const name = new RegExp(condition.name ?? "", "i");
  const pattern = new RegExp(condition.matches, "i");
  const some = items.some((item) => name.test(item.metadata.name) && pattern.test(JSON.stringify(item)));
  return some !== (condition.none ?? false);
}

interface Workload extends KubeObject {
  readonly spec: { readonly replicas?: number };
  readonly status: {
    readonly observedGeneration?: number;
    readonly updatedReplicas?: number;
    readonly availableReplicas?: number;
    readonly replicas?: number;
    readonly succeeded?: number;
  };
}

const WORKLOADS = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "apps/v1", kind: "StatefulSet" },
  { apiVersion: "batch/v1", kind: "Job" },
] as const;

/** Workloads that people made (all, or those of `names`) and that do not run, or have not ended, as their spec says. */
export async function unavailable(
  reader: Reader,
  namespace: string,
  names?: ReadonlySet<string>,
): Promise<readonly string[]> {
  const lists = await Promise.all(WORKLOADS.map((kind) => reader.listAll<Workload>(kind, { namespace })));
  return lists
    .flatMap(({ items }) => items)
    .filter(({ metadata }) => metadata.ownerReferences === undefined)
    .filter(({ metadata }) => names === undefined || names.has(metadata.name))
    .filter((workload) => (workload.kind === "Job" ? (workload.status.succeeded ?? 0) === 0 : !isAvailable(workload)))
    .map(({ kind, metadata }) => `${kind}/${metadata.name} is not ${kind === "Job" ? "complete" : "available"}`);
}

function isAvailable({ spec, status, metadata }: Workload): boolean {
  const wanted = spec.replicas ?? 1;
  const counts = [status.availableReplicas, status.updatedReplicas, status.replicas].map((count) => count ?? 0);
  return (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) && counts.every((count) => count === wanted);
}
