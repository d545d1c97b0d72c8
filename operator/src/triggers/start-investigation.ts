import { API_VERSION, INVESTIGATION, type InvestigationSpec, LABELS, type TriggerIncident } from "@sre-agent/crds";
import { isKubeError } from "@sre-agent/kube";
import type { StoredTrigger, TriggerDependencies } from "./reconcile.ts";

/** Creates the run of an incident. One that exists already is the run: its name says which episode it is. */
export async function startInvestigation(
  { recordWriter, eventRecorder, logger }: TriggerDependencies,
  trigger: StoredTrigger,
  incident: TriggerIncident,
): Promise<void> {
  const { namespace } = trigger.metadata;
  const { kind, name } = incident.target;
  try {
    const created = await recordWriter.create({
      apiVersion: API_VERSION,
      kind: INVESTIGATION.kind,
      metadata: {
        name: incident.investigation,
        ...(namespace === undefined ? {} : { namespace }),
        labels: { [LABELS.trigger]: trigger.metadata.uid },
      },
      spec: specOf(trigger, incident),
    });
    logger.info("investigation created", {
      correlationId: created.metadata.uid,
      ...(namespace === undefined ? {} : { namespace }),
      resource: `SreInvestigation/${incident.investigation}`,
    });
  } catch (error) {
    if (isKubeError(error, "ALREADY_EXISTS")) return;
    throw error;
  }
  const note = `${kind} ${name}: ${incident.reason}. SreInvestigation ${incident.investigation} looks at it.`;
  const event = { regarding: trigger, type: "Normal", reason: "Triggered", action: "Investigate", note } as const;
  await eventRecorder.record(event);
}

function specOf({ metadata, spec }: StoredTrigger, incident: TriggerIncident): InvestigationSpec {
  const { target, reason, since, episode } = incident;
  return {
    target,
    symptom: `${target.kind} ${target.name} is unwell since ${since}: ${reason}`,
    triggerRef: { name: metadata.name, uid: metadata.uid, episode },
    mode: spec.mode,
    ...(spec.actionRefs === undefined ? {} : { actionRefs: spec.actionRefs }),
    ...(spec.budget === undefined ? {} : { budget: spec.budget }),
    ...(spec.instructions === undefined ? {} : { instructions: spec.instructions }),
  };
}
