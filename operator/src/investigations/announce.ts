import { API_VERSION, TRIGGER } from "@sre-agent/crds";
import type { EventRecorder, KubeObject } from "@sre-agent/kube";
import type { InvestigationDependencies, Run } from "./step.ts";

type Announcement = Omit<Parameters<EventRecorder["record"]>[0], "regarding">;

/** Tells of the run by an Event about it, and by one about the trigger that started it. */
export async function announce(
  { eventRecorder }: Pick<InvestigationDependencies, "eventRecorder">,
  run: Run,
  event: Announcement,
): Promise<void> {
  await eventRecorder.record({ ...event, regarding: run });
  const regarding = triggerOf(run);
  if (regarding === undefined) return;
  await eventRecorder.record({ ...event, regarding, note: `SreInvestigation ${run.metadata.name}: ${event.note}` });
}

/** As much of the trigger as an Event names. */
function triggerOf({ metadata, spec: { triggerRef } }: Run): KubeObject | undefined {
  if (triggerRef === undefined) return undefined;
  const { name, uid } = triggerRef;
  const { namespace, creationTimestamp } = metadata;
  return {
    apiVersion: API_VERSION,
    kind: TRIGGER.kind,
    metadata: { name, uid, creationTimestamp, resourceVersion: "", ...(namespace === undefined ? {} : { namespace }) },
  };
}
