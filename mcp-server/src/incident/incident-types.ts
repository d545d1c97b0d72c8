import { type NeededKind, REQUIRED_KINDS } from "@sre-agent/diagnosis";
import { KubeError, type ResourceType } from "@sre-agent/kube";
import type { Incident } from "./incident.ts";

const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  ConfigMap: ["cm"],
  CronJob: ["cj"],
  DaemonSet: ["ds"],
  Deployment: ["deploy"],
  Endpoints: ["ep"],
  Event: ["ev"],
  HorizontalPodAutoscaler: ["hpa"],
  Ingress: ["ing"],
  Namespace: ["ns"],
  NetworkPolicy: ["netpol"],
  Node: ["no"],
  PersistentVolume: ["pv"],
  PersistentVolumeClaim: ["pvc"],
  Pod: ["po"],
  PodDisruptionBudget: ["pdb"],
  ReplicaSet: ["rs"],
  ResourceQuota: ["quota"],
  Service: ["svc"],
  ServiceAccount: ["sa"],
  StatefulSet: ["sts"],
  StorageClass: ["sc"],
};

/** The kinds that an incident can hold, as discovery would tell them. */
export function typesOf({ objects }: Incident): readonly ResourceType[] {
  const captured = objects.map(({ apiVersion, kind, metadata }): NeededKind => {
    return { apiVersion, kind, scope: metadata.namespace === undefined ? "Cluster" : "Namespaced" };
  });
  const kinds = new Map([...captured, ...REQUIRED_KINDS].map((each) => [`${each.apiVersion}/${each.kind}`, each]));
  return [...kinds.values()].map(({ apiVersion, kind, scope }) => ({
    apiVersion,
    kind,
    resource: pluralOf(kind),
    singular: kind.toLowerCase(),
    shortNames: SHORT_NAMES[kind] ?? [],
    namespaced: scope === "Namespaced",
    verbs: ["get", "list"],
    categories: [],
  }));
}

/** `deploy`, `Deployment`, `deployments.apps`. @throws KubeError UNKNOWN_KIND that names the kinds there are. */
export function resolveType(types: readonly ResourceType[], asked: string): ResourceType {
  const wanted = asked.trim().toLowerCase().split(".")[0] ?? "";
  const found = types.find(({ kind, resource, shortNames }) =>
    [kind.toLowerCase(), resource, ...shortNames].includes(wanted),
  );
  if (found !== undefined) return found;
  const legal = [...new Set(types.map(({ kind }) => kind))].sort().join(", ");
  throw new KubeError(`The incident holds no kind "${asked}". It holds: ${legal}.`, { code: "UNKNOWN_KIND" });
}

function pluralOf(kind: string): string {
  const lower = kind.toLowerCase();
  if (/(s|x|ch)$/.test(lower)) return lower === "endpoints" ? lower : `${lower}es`;
  return lower.endsWith("y") ? `${lower.slice(0, -1)}ies` : `${lower}s`;
}
