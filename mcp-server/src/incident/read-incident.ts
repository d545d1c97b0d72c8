import type { PodLog, SnapshotObject } from "@sre-agent/diagnosis";
import type { z } from "zod";
import {
  INCIDENT_FORMAT,
  INCIDENT_LIMITS,
  type Incident,
  type IncidentHeader,
  type IncidentItem,
  incidentHeader,
  incidentItem,
} from "./incident.ts";

export type ReadIncident =
  | { readonly ok: true; readonly incident: Incident }
  /** `fault` is a sentence for a person, with the line that is wrong. */
  | { readonly ok: false; readonly fault: string };

/** The incident in a file's text. Never throws: what stands in the file is somebody else's. */
export function readIncident(text: string): ReadIncident {
  if (Buffer.byteLength(text) > 2 * INCIDENT_LIMITS.bytes) {
    return { ok: false, fault: `it is larger than ${2 * INCIDENT_LIMITS.bytes} bytes` };
  }
  const [first = "", ...rest] = text.split("\n");
  const header = lineOf<IncidentHeader>(first, incidentHeader);
  if (header === undefined) return { ok: false, fault: `line 1 is no header of the format ${INCIDENT_FORMAT}` };
  const objects: SnapshotObject[] = [];
  const logs: PodLog[] = [];
  for (const [index, line] of rest.entries()) {
    if (line === "") continue;
    const item = lineOf<IncidentItem>(line, incidentItem);
    if (item === undefined) return { ok: false, fault: `line ${index + 2} is neither an object nor a log` };
    if ("log" in item) logs.push(item.log);
    else objects.push(item.object);
  }
  return { ok: true, incident: { header, objects, logs } };
}

/** The schemas check what the types say; that members beyond identity are anything is part of both. */
function lineOf<Line>(line: string, schema: z.ZodType): Line | undefined {
  try {
    const parsed = schema.safeParse(JSON.parse(line));
    return parsed.success ? (parsed.data as Line) : undefined;
  } catch {
    return undefined;
  }
}
