import { createHash } from "node:crypto";
import { type JsonRecord, recordOf, recordsOf, textOf, withoutNulls } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { podSpecDefaults } from "./pod-defaults.ts";

type Default = (object: KubeObject) => KubeObject;

/** The defaults that the API server writes into objects of a built-in kind, as far as anything here depends on them. */
const DEFAULTS: Readonly<Record<string, Default>> = {
  Deployment: onSpec((spec) => ({
    replicas: 1,
    revisionHistoryLimit: 10,
    progressDeadlineSeconds: 600,
    ...spec,
    strategy: strategy(recordOf(spec["strategy"])),
    template: template(recordOf(spec["template"])),
  })),
  ReplicaSet: onSpec((spec) => ({ replicas: 1, ...spec, template: template(recordOf(spec["template"])) })),
  StatefulSet: onSpec((spec) => ({
    replicas: 1,
    podManagementPolicy: "OrderedReady",
    revisionHistoryLimit: 10,
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    ...spec,
    template: template(recordOf(spec["template"])),
  })),
  DaemonSet: onSpec((spec) => ({
    revisionHistoryLimit: 10,
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } },
    ...spec,
    template: template(recordOf(spec["template"])),
  })),
  Pod: onSpec((spec) =>
    podSpecDefaults({ enableServiceLinks: true, priority: 0, serviceAccountName: "default", ...spec }),
  ),
  Service: (service) => ({
    ...service,
    spec: {
      type: "ClusterIP",
      sessionAffinity: "None",
      clusterIP: clusterIp(service.metadata),
      ...recordOf(withoutNulls(service.spec)),
      ports: servicePorts(recordOf(service.spec)),
    },
  }),
  Secret: (secret) => ({ type: "Opaque", ...withEncodedStrings(secret) }),
  Namespace: (namespace) => ({ ...namespace, spec: { finalizers: ["kubernetes"] } }),
  Event: (event) => ({
    source: {},
    firstTimestamp: null,
    lastTimestamp: null,
    eventTime: null,
    reportingComponent: "",
    reportingInstance: "",
    ...event,
  }),
};

export function withDefaults(object: KubeObject): KubeObject {
  return DEFAULTS[object.kind]?.(object) ?? object;
}

/** A CustomResourceDefinition is served from its first moment. */
const ESTABLISHED: JsonRecord = {
  conditions: [
    { type: "NamesAccepted", status: "True", reason: "NoConflicts", message: "no conflicts found" },
    {
      type: "Established",
      status: "True",
      reason: "InitialNamesAccepted",
      message: "the initial names have been accepted",
    },
  ],
};

/** The status with which a kind starts. */
export function initialStatus(kind: string): JsonRecord | undefined {
  if (kind === "Pod") return { phase: "Pending", qosClass: "BestEffort" };
  if (kind === "Namespace") return { phase: "Active" };
  if (kind === "ReplicaSet") return { replicas: 0 };
  if (kind === "Service") return { loadBalancer: {} };
  if (kind === "CustomResourceDefinition") return ESTABLISHED;
  return kind === "Deployment" ? {} : undefined;
}

function onSpec(change: (spec: JsonRecord) => JsonRecord): Default {
  return (object) => ({ ...object, spec: change(recordOf(withoutNulls(object.spec))) });
}

function template(value: JsonRecord): JsonRecord {
  return {
    ...value,
    metadata: recordOf(value["metadata"]),
    spec: podSpecDefaults(recordOf(value["spec"])),
  };
}

function strategy(value: JsonRecord): JsonRecord {
  if (value["type"] === "Recreate") return { type: "Recreate" };
  return {
    type: "RollingUpdate",
    rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%", ...recordOf(value["rollingUpdate"]) },
  };
}

/** An address of the service range that follows from the name: nothing has to remember it. */
function clusterIp({ namespace, name }: KubeObject["metadata"]): string {
  const [high = 0, low = 0] = createHash("sha256").update(`${namespace}/${name}`).digest();
  return `10.96.${high}.${low}`;
}

function servicePorts(spec: JsonRecord): readonly JsonRecord[] {
  return recordsOf(spec["ports"]).map((port) => ({ protocol: "TCP", targetPort: port["port"], ...port }));
}

function withEncodedStrings(secret: KubeObject): KubeObject {
  const { stringData, ...rest } = secret;
  if (stringData === undefined) return secret;
  const encoded = Object.entries(recordOf(stringData)).map(([key, value]) => [
    key,
    Buffer.from(textOf(value)).toString("base64"),
  ]);
  return { ...rest, data: { ...recordOf(secret["data"]), ...Object.fromEntries(encoded) } } as KubeObject;
}
