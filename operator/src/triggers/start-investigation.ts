import { API_VERSION, INVESTIGATION, type InvestigationSpec, LABELS, type TriggerIncident } from "@sre-agent/crds";
import { isKubeError } from "@sre-agent/kube";
import { hasOwnRun, isOpen } from "./incident.ts";
import type { StoredTrigger, TriggerDependencies } from "./reconcile.ts";

/**
 * An open incident without its run: just recorded, or the process died between record and create. One that the API server
 * refuses holds up no other; all are tried again after the trigger's backoff.
 */
export async function startMissing(
  dependencies: TriggerDependencies,
  trigger: StoredTrigger,
  incidents: readonly TriggerIncident[],
): Promise<void> {
  const { namespace } = trigger.metadata;
  const own = incidents.filter((incident) => isOpen(incident) && hasOwnRun(trigger.metadata.name, incident));
  const refusals: Refusal[] = [];
  for (const incident of own) {
    const known = dependencies.runs.get(`${namespace}/${incident.investigation}`);
    if (known !== undefined) continue;
    await startInvestigation(dependencies, trigger, incident).catch((error: unknown) => {
      if (!isKubeError(error, "FORBIDDEN", "INVALID")) throw error;
      refusals.push({ name: incident.investigation, error });
    });
  }
  const [first] = refusals;
  if (first === undefined) return;
  await tellRefusal(dependencies, trigger, { ...first, all: refusals.length });
  throw first.error;
}

interface Refusal {
  readonly name: string;
  readonly error: Error;
}

/** As controllers of Kubernetes tell it of pods: in one Event, however many runs are refused. */
async function tellRefusal(
  { eventRecorder }: TriggerDependencies,
  trigger: StoredTrigger,
  { name, error, all }: Refusal & { readonly all: number },
): Promise<void> {
  const others = all === 1 ? "" : ` (and ${all - 1} more)`;
  const note = `SreInvestigation ${name}${others} could not be created: ${error.message.slice(0, 600)} It is tried again; check the operator's rights, quotas and admission policies of the namespace.`;
  await eventRecorder.record({
    ...{ regarding: trigger, type: "Warning", reason: "FailedCreate", action: "Investigate" },
    note,
  });
}

/** Creates the run of an incident. One that exists already is the run: its name says which episode it is. */
async function startInvestigation(
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
  const note = `${kind} ${name}: ${reasonOf(incident)}. SreInvestigation ${incident.investigation} looks at it.`;
  const event = { regarding: trigger, type: "Normal", reason: "Triggered", action: "Investigate", note } as const;
  await eventRecorder.record(event);
}

/** What was seen, without the target before it: pods are named, the target is said already. */
function reasonOf({ reason, target: { kind, name } }: TriggerIncident): string {
  const subject = `${kind} ${name}: `;
  return reason.startsWith(subject) ? reason.slice(subject.length) : reason;
}

function specOf({ metadata, spec }: StoredTrigger, incident: TriggerIncident): InvestigationSpec {
  const { target, since, episode } = incident;
  return {
    target,
    symptom: `${target.kind} ${target.name} is unwell since ${since}: ${reasonOf(incident)}`,
    triggerRef: { name: metadata.name, uid: metadata.uid, episode },
    mode: spec.mode,
    ...(spec.actionRefs === undefined ? {} : { actionRefs: spec.actionRefs }),
    ...(spec.budget === undefined ? {} : { budget: spec.budget }),
    ...(spec.instructions === undefined ? {} : { instructions: spec.instructions }),
  };
}
