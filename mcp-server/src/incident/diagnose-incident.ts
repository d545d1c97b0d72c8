import { type Diagnosis, diagnosisOf } from "../collect/diagnose-scope.ts";
import { type Incident, snapshotOf } from "./incident.ts";

/** The same as on the cluster at the moment of the capture, without a cluster. Pure. */
export function diagnoseIncident(incident: Incident): Diagnosis {
  return diagnosisOf(snapshotOf(incident));
}
