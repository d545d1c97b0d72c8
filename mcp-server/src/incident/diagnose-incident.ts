import { diagnose, REQUIRED_KINDS } from "@sre-agent/diagnosis";
import type { Diagnosis } from "../collect/diagnose-scope.ts";
import { type Incident, snapshotOf } from "./incident.ts";

/** The same as on the cluster at the moment of the capture, without a cluster. Pure. */
export function diagnoseIncident(incident: Incident): Diagnosis {
  const snapshot = snapshotOf(incident);
  const { namespaces, objects, logs, gaps, beyond = [] } = snapshot;
  return {
    findings: diagnose(snapshot),
    gaps,
    beyond,
    looked: {
      namespaces: namespaces.length,
      objects: objects.length,
      logs: logs.length,
      kinds: REQUIRED_KINDS.length,
    },
  };
}
