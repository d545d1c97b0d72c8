import { numberOf, recordOf, textOf } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { ageOf } from "./age.ts";
import { table } from "./table-columns.ts";

function lastSeen(event: KubeObject): unknown {
  const series = recordOf(event["series"])["lastObservedTime"];
  return series ?? event["lastTimestamp"] ?? event["eventTime"] ?? event["firstTimestamp"];
}

function target(event: KubeObject): string {
  const { kind, name } = recordOf(event["involvedObject"]);
  return `${textOf(kind).toLowerCase()}/${textOf(name)}`;
}

function source(event: KubeObject): string {
  const { component, host } = recordOf(event["source"]);
  const from = textOf(component) || textOf(event["reportingComponent"]);
  const where = textOf(host) || textOf(event["reportingInstance"]);
  return where === "" ? from : `${from}, ${where}`;
}

export const eventColumns = table([
  ["Last Seen", "string", (event, now) => ageOf(lastSeen(event), now)],
  ["Type", "string", (event) => textOf(event["type"])],
  ["Reason", "string", (event) => textOf(event["reason"])],
  ["Object", "string", target],
  ["Subobject", "string", (event) => textOf(recordOf(event["involvedObject"])["fieldPath"]), 1],
  ["Source", "string", source, 1],
  ["Message", "string", (event) => textOf(event["message"]).trim()],
  ["First Seen", "string", (event, now) => ageOf(event["firstTimestamp"] ?? event["eventTime"], now), 1],
  ["Count", "string", (event) => numberOf(event["count"]) || 1, 1],
  ["Name", "name", (event) => event.metadata.name, 1],
]);
