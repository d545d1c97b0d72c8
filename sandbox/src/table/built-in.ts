import { isRecord, type JsonRecord, listOf, numberOf, recordOf, recordsOf, textOf, valueAt } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { ageOf } from "./age.ts";
import type { Cell, TableColumns } from "./columns.ts";
import { eventColumns } from "./event-columns.ts";
import { nodeColumns } from "./node-columns.ts";
import { podColumns } from "./pod-columns.ts";
import { type Spec, table } from "./table-columns.ts";

const age: Spec = ["Age", "string", (object, now) => ageOf(object.metadata.creationTimestamp, now)];
const name: Spec = ["Name", "name", (object) => object.metadata.name];

export const NAME_AND_AGE: TableColumns = table([name, age]);

const containers: Spec = ["Containers", "string", (object) => containerField(object, "name"), 1];
const images: Spec = ["Images", "string", (object) => containerField(object, "image"), 1];
const selector: Spec = ["Selector", "string", (object) => selectorText(valueAt(object, ["spec", "selector"])), 1];

function containerField(object: KubeObject, field: string): string {
  return recordsOf(valueAt(object, ["spec", "template", "spec", "containers"]))
    .map((container) => textOf(container[field]))
    .join(",");
}

function selectorText(value: unknown): string {
  const labels = isRecord(recordOf(value)["matchLabels"]) ? recordOf(recordOf(value)["matchLabels"]) : recordOf(value);
  const text = Object.entries(labels)
    .filter(([, label]) => typeof label === "string")
    .map(([key, label]) => `${key}=${label}`)
    .join(",");
  return text === "" ? "<none>" : text;
}

function count(...path: readonly string[]): (object: KubeObject) => number {
  return (object) => numberOf(valueAt(object, path));
}

const readyOfReplicas: Spec = [
  "Ready",
  "string",
  (object) => `${count("status", "readyReplicas")(object)}/${count("spec", "replicas")(object)}`,
];

function dataSize(object: KubeObject): number {
  return Object.keys(recordOf(object["data"])).length + Object.keys(recordOf(object["binaryData"])).length;
}

function externalIp(object: KubeObject): string {
  const ingress = recordsOf(valueAt(object, ["status", "loadBalancer", "ingress"]));
  const addresses = ingress.map((entry) => textOf(entry["ip"]) || textOf(entry["hostname"]));
  if (addresses.length > 0) return addresses.join(",");
  return object.spec?.["type"] === "LoadBalancer" ? "<pending>" : "<none>";
}

function servicePorts(object: KubeObject): string {
  const ports = recordsOf(object.spec?.["ports"]).map((port: JsonRecord) => {
    const node = numberOf(port["nodePort"]);
    return `${port["port"]}${node > 0 ? `:${node}` : ""}/${textOf(port["protocol"]) || "TCP"}`;
  });
  return ports.length === 0 ? "<none>" : ports.join(",");
}

function endpointAddresses(object: KubeObject): string {
  const addresses = recordsOf(object["subsets"]).flatMap((subset) =>
    recordsOf(subset["addresses"]).flatMap((address) =>
      recordsOf(subset["ports"]).map((port) => `${textOf(address["ip"])}:${port["port"]}`),
    ),
  );
  return addresses.length === 0 ? "<none>" : addresses.join(",");
}

function textAt(...path: readonly string[]): (object: KubeObject) => Cell {
  return (object) => textOf(valueAt(object, path));
}

/** The tables that the API server has of its own, by kind. */
export const COLUMNS: Readonly<Record<string, TableColumns>> = {
  Pod: podColumns,
  Event: eventColumns,
  Node: nodeColumns,
  Deployment: table([
    name,
    readyOfReplicas,
    ["Up-to-date", "string", count("status", "updatedReplicas")],
    ["Available", "string", count("status", "availableReplicas")],
    age,
    containers,
    images,
    selector,
  ]),
  ReplicaSet: table([
    name,
    ["Desired", "integer", count("spec", "replicas")],
    ["Current", "integer", count("status", "replicas")],
    ["Ready", "integer", count("status", "readyReplicas")],
    age,
    containers,
    images,
    selector,
  ]),
  StatefulSet: table([name, readyOfReplicas, age, containers, images]),
  DaemonSet: table([
    name,
    ["Desired", "integer", count("status", "desiredNumberScheduled")],
    ["Current", "integer", count("status", "currentNumberScheduled")],
    ["Ready", "integer", count("status", "numberReady")],
    ["Up-to-date", "integer", count("status", "updatedNumberScheduled")],
    ["Available", "integer", count("status", "numberAvailable")],
    [
      "Node Selector",
      "string",
      (object) => selectorText(valueAt(object, ["spec", "template", "spec", "nodeSelector"])),
    ],
    age,
    containers,
    images,
    selector,
  ]),
  Service: table([
    name,
    ["Type", "string", textAt("spec", "type")],
    ["Cluster-IP", "string", (object) => textOf(object.spec?.["clusterIP"]) || "<none>"],
    ["External-IP", "string", externalIp],
    ["Port(s)", "string", servicePorts],
    age,
    selector,
  ]),
  ConfigMap: table([name, ["Data", "string", dataSize], age]),
  Secret: table([name, ["Type", "string", textAt("type")], ["Data", "string", dataSize], age]),
  Namespace: table([name, ["Status", "string", textAt("status", "phase")], age]),
  ServiceAccount: table([name, ["Secrets", "string", (object) => listOf(object["secrets"]).length], age]),
  Lease: table([name, ["Holder", "string", textAt("spec", "holderIdentity")], age]),
  Endpoints: table([name, ["Endpoints", "string", endpointAddresses], age]),
  CustomResourceDefinition: table([name, ["Created At", "date", textAt("metadata", "creationTimestamp")]]),
};
