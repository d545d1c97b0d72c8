import type { SreRemediation } from "@sre-agent/crds";
import { isKubeError, type Requeue } from "@sre-agent/kube";
import { createRemediationReconciler } from "../reconciler.ts";
import { type Incident, onlyRecord } from "./incident.ts";

/** Passes of a fresh reconciler, each with the request repeated, until nothing more is to do or `passes` are over. */
export async function drive(incident: Incident, { request = true, passes = 60 } = {}): Promise<SreRemediation> {
  const reconciler = createRemediationReconciler(incident.dependencies);
  for (let pass = 0; pass < passes; pass += 1) {
    const { metadata, spec } = onlyRecord(incident);
    if (request) reconciler.requestExecution("shop", metadata.name, spec.approvalDigest);
    const outcome = await reconciler.reconcile(`shop/${metadata.name}`, new AbortController().signal).catch(retried);
    incident.roll();
    if (outcome.kind !== "retryAfter") break;
    await incident.clock.advance(outcome.ms);
  }
  return onlyRecord(incident);
}

function retried(error: unknown): Requeue {
  if (!isKubeError(error)) throw error;
  return { kind: "retryAfter", ms: 1_000, reason: error.message };
}
