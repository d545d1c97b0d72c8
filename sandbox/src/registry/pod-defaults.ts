import { isRecord, type JsonRecord, recordOf, recordsOf, textOf } from "../json.ts";

/** The defaults that the API server writes into a pod's spec. */
export function podSpecDefaults(spec: JsonRecord): JsonRecord {
  return {
    restartPolicy: "Always",
    terminationGracePeriodSeconds: 30,
    dnsPolicy: "ClusterFirst",
    securityContext: {},
    schedulerName: "default-scheduler",
    ...withContainers(spec, "containers"),
    ...(spec["initContainers"] === undefined ? {} : withContainers(spec, "initContainers")),
    ...serviceAccount(spec),
  };
}

function withContainers(spec: JsonRecord, field: "containers" | "initContainers"): JsonRecord {
  return { ...spec, [field]: recordsOf(spec[field]).map(containerDefaults) };
}

function serviceAccount(spec: JsonRecord): JsonRecord {
  const name = spec["serviceAccountName"];
  return name === undefined ? {} : { serviceAccount: name };
}

function containerDefaults(container: JsonRecord): JsonRecord {
  const { env, ports, ...rest } = container;
  const probes = ["livenessProbe", "readinessProbe", "startupProbe"].filter((probe) => isRecord(rest[probe]));
  return {
    imagePullPolicy: pullPolicy(textOf(rest["image"])),
    resources: {},
    terminationMessagePath: "/dev/termination-log",
    terminationMessagePolicy: "File",
    ...rest,
    // Empty lists are the same as absent ones on the wire.
    ...(recordsOf(env).length === 0 ? {} : { env: recordsOf(env).map(envDefaults) }),
    ...(recordsOf(ports).length === 0 ? {} : { ports: recordsOf(ports).map((port) => ({ protocol: "TCP", ...port })) }),
    ...Object.fromEntries(probes.map((probe) => [probe, probeDefaults(recordOf(rest[probe]))])),
  };
}

function pullPolicy(image: string): string {
  const tag = /:([^/:]+)$/.exec(image)?.[1];
  return image.includes("@") || (tag !== undefined && tag !== "latest") ? "IfNotPresent" : "Always";
}

function envDefaults(entry: JsonRecord): JsonRecord {
  const source = recordOf(entry["valueFrom"]);
  if (!isRecord(source["fieldRef"])) return entry;
  return { ...entry, valueFrom: { ...source, fieldRef: { apiVersion: "v1", ...source["fieldRef"] } } };
}

function probeDefaults(probe: JsonRecord): JsonRecord {
  const http = isRecord(probe["httpGet"]) ? { httpGet: { path: "/", scheme: "HTTP", ...probe["httpGet"] } } : {};
  return { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3, ...probe, ...http };
}
