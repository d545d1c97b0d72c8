import {
  type ConditionChange,
  canonicalJson,
  type TriggerIncident,
  type TriggerStatus,
  withCondition,
} from "@sre-agent/crds";
import type { KubeObject, RecordWriter } from "@sre-agent/kube";
import { isOpen } from "./incident.ts";
import type { StoredTrigger } from "./reconcile.ts";

export interface TriggerStatusChange {
  readonly ready: Pick<ConditionChange, "status" | "reason" | "message">;
  /** Absent: they stay as they are. */
  readonly incidents?: readonly TriggerIncident[];
  /** Roots that are unwell and wait for the end of their cooldown; absent: as it was. */
  readonly cooling?: number;
}

interface StatusDependencies {
  readonly recordWriter: Pick<RecordWriter, "replaceStatus">;
  readonly clock: { now(): number };
}

/**
 * The one writer of SreTrigger.status: compare-and-swap, nothing sent when nothing changes.
 * @throws KubeError CONFLICT when the object changed since it was read.
 */
export async function writeTriggerStatus(
  { recordWriter, clock }: StatusDependencies,
  trigger: StoredTrigger,
  { ready, incidents = trigger.status?.incidents ?? [], cooling = trigger.status?.cooling ?? 0 }: TriggerStatusChange,
): Promise<StoredTrigger> {
  const { generation = 0 } = trigger.metadata;
  const now = new Date(clock.now()).toISOString();
  const change = { type: "Ready", observedGeneration: generation, ...ready } as const;
  const last = latest(incidents)?.investigation ?? trigger.status?.lastInvestigation;
  const status: TriggerStatus = {
    observedGeneration: generation,
    conditions: [...withCondition(trigger.status?.conditions ?? [], change, now)],
    incidents: [...incidents],
    active: incidents.filter(isOpen).length,
    cooling,
    ...(last === undefined ? {} : { lastInvestigation: last }),
  };
  if (sameStatus(status, trigger.status)) return trigger;
  return recordWriter.replaceStatus<StoredTrigger & KubeObject>(trigger, status);
}

function latest(incidents: readonly TriggerIncident[]): TriggerIncident | undefined {
  return incidents.toSorted((left, right) => left.since.localeCompare(right.since)).at(-1);
}

/** The API server keeps the order of members as it likes. */
function sameStatus(left: TriggerStatus, right: TriggerStatus | undefined): boolean {
  return right !== undefined && canonicalJson(left) === canonicalJson(right);
}
