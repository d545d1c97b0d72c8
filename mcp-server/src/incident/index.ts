export { diagnoseIncident } from "./diagnose-incident.ts";
export { INCIDENT_FORMAT, type Incident } from "./incident.ts";
export { createIncidentReader } from "./incident-reader.ts";
export { readIncident } from "./read-incident.ts";
export { type WrittenIncident, writeIncident } from "./write-incident.ts";
