import { recordsOf, textOf, valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { ageOf } from "./age.ts";
import { type Spec, table } from "./table-columns.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";

function status(node: KubeObject): string {
  const ready = recordsOf(node.status?.["conditions"]).find((condition) => condition["type"] === "Ready");
  const word = ready?.["status"] === "True" ? "Ready" : "NotReady";
  const known = ready === undefined ? "Unknown" : word;
  return node.spec?.["unschedulable"] === true ? `${known},SchedulingDisabled` : known;
}

function roles(node: KubeObject): string {
  const names = Object.keys(node.metadata.labels ?? {})
    .filter((label) => label.startsWith(ROLE_PREFIX))
    .map((label) => label.slice(ROLE_PREFIX.length));
  return names.length === 0 ? "<none>" : names.join(",");
}

function address(type: string): (node: KubeObject) => string {
  return (node) => {
    const found = recordsOf(node.status?.["addresses"]).find((entry) => entry["type"] === type);
    return textOf(found?.["address"]) || "<none>";
  };
}

function info(name: string, field: string, priority?: number): Spec {
  const cell = (node: KubeObject) => textOf(valueAt(node, ["status", "nodeInfo", field])) || "<unknown>";
  return [name, "string", cell, priority ?? 0];
}

export const nodeColumns = table([
  ["Name", "name", (node) => node.metadata.name],
  ["Status", "string", status],
  ["Roles", "string", roles],
  ["Age", "string", (node, now) => ageOf(node.metadata.creationTimestamp, now)],
  info("Version", "kubeletVersion"),
  ["Internal-IP", "string", address("InternalIP"), 1],
  ["External-IP", "string", address("ExternalIP"), 1],
  info("OS-Image", "osImage", 1),
  info("Kernel-Version", "kernelVersion", 1),
  info("Container-Runtime", "containerRuntimeVersion", 1),
]);
