import type { Fix, PrecedingChange, Severity } from "@sre-agent/crds";
import { type Draft, draft, fromControlPlane, fromTenant, subjectOf } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { eventMessage, eventTime } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { backingsOf } from "./backing.ts";
import { ingressesTo } from "./routes.ts";
import { runningBeside } from "./running-beside.ts";
import { failingClients, isUsed } from "./service-finding.ts";

/** Workloads at zero replicas that a Service still sends to, so that nothing answers; not those that are parked. */
export function serviceScaled(index: SnapshotIndex): readonly Draft[] {
  const groups = new Map<SnapshotObject, SnapshotObject[]>();
  for (const { service, pods, workloads } of backingsOf(index)) {
    const [workload, ...others] = workloads;
    if (workload === undefined || others.length > 0 || pods.length > 0) continue;
    if (numberAt(workload, "spec", "replicas") !== 0 || isParked(index, [workload, service])) continue;
    groups.set(workload, [...(groups.get(workload) ?? []), service]);
  }
  return [...groups].map(([workload, services]) => scaledFinding(index, workload, services));
}

const PARKED = /park|pause|suspend|hibernat|sleep|downscal|scale-?to-?zero|keda|knative|maintenance|decommission/i;

/** Zero by choice: an annotation or a label says so, or an autoscaler may scale it to zero. */
function isParked(index: SnapshotIndex, objects: readonly SnapshotObject[]): boolean {
  const namespace = index.byName("Namespace", undefined, objects[0]?.metadata.namespace ?? "");
  const notes = [...objects, ...(namespace ? [namespace] : [])].flatMap(({ metadata }) => [
    ...Object.entries(metadata.annotations ?? {}),
    ...Object.entries(metadata.labels ?? {}),
  ]);
  return notes.some(([key, value]) => PARKED.test(key) || (PARKED.test(String(value)) && String(value).length < 40));
}

function scaledFinding(index: SnapshotIndex, workload: SnapshotObject, services: readonly SnapshotObject[]): Draft {
  const names = services.map(({ metadata }) => `Service/${metadata.name}`).join(", ");
  const event = scaleEvent(index, workload);
  const used = services.some((service) => isUsed(index, service));
  const symptom = `has no endpoint: ${workload.kind}/${workload.metadata.name} has 0 replicas`;
  return draft({
    analyzer: "service-scaled",
    layer: "cause",
    severity: severityOf(used, event !== undefined),
    subject: workload,
    causeKey: ["zero"],
    cause: `${workload.kind}/${workload.metadata.name} has spec.replicas 0, so that ${names}, which selects its pods, has no endpoint${runningBeside(index, services)}`,
    symptom: "scaled to 0",
    accountsFor: [...services, ...services.flatMap((service) => failingClients(index, service))],
    evidence: [
      fromTenant(workload, "spec.replicas", "0"),
      ...(event ? [fromControlPlane(workload, "event ScalingReplicaSet", eventMessage(event))] : []),
    ],
    explains: services.flatMap((service) => [
      { subject: subjectOf(service), symptom },
      ...ingressesTo(index, service).map((ingress) => ({
        subject: subjectOf(ingress),
        symptom: `routes to Service/${service.metadata.name}, which has no endpoint`,
      })),
    ]),
    change: scaleChange(workload, event),
    fix: scaleFix(index, workload, event),
  });
}

/** What nobody calls and nobody was seen to take down may have been made at zero. */
function severityOf(used: boolean, scaledDown: boolean): Severity {
  if (used) return "critical";
  return scaledDown ? "error" : "info";
}

const SCALED_DOWN = /^Scaled down replica set \S+ (?:from (\d+) )?to 0/;

function scaleEvent(index: SnapshotIndex, workload: SnapshotObject): SnapshotObject | undefined {
  return index
    .eventsOf(workload)
    .filter((event) => SCALED_DOWN.test(eventMessage(event)))
    .sort((a, b) => (eventTime(a) < eventTime(b) ? -1 : 1))
    .at(-1);
}

/** Whoever wrote the scale subresource last, else the controller's event. */
function scaleChange(workload: SnapshotObject, event: SnapshotObject | undefined): PrecedingChange | undefined {
  const writer = objectsAt(workload, "metadata", "managedFields")
    .filter((entry) => valueAt(entry, "fieldsV1", "f:spec", "f:replicas") !== undefined)
    .sort((a, b) => ((textAt(a, "time") ?? "") < (textAt(b, "time") ?? "") ? -1 : 1))
    .at(-1);
  const by = textAt(writer, "manager");
  const at = event === undefined ? textAt(writer, "time") : eventTime(event);
  if (at === undefined || at === "") return undefined;
  return {
    object: subjectOf(workload),
    what: "spec.replicas was set to 0",
    at,
    ...(by ? { by: by.slice(0, 256) } : {}),
  };
}

interface Recorded {
  readonly replicas: number;
  readonly where: string;
}

function scaleFix(index: SnapshotIndex, workload: SnapshotObject, event: SnapshotObject | undefined): Fix {
  const { name, namespace, uid } = workload.metadata;
  const { apiVersion, kind } = workload;
  const recorded = recordedCount(index, workload, event);
  if (recorded === undefined || namespace === undefined || uid === undefined) {
    return decision(`decide whether ${kind}/${name} should run again, and scale it to the count that it had`);
  }
  const { replicas, where } = recorded;
  return {
    kind: "action",
    action: { type: "Scale", target: { apiVersion, kind, namespace, name, uid }, parameters: { replicas } },
    summary: `scale ${kind}/${name} to ${replicas}: ${where}`,
  };
}

/** The count it had: by the controller's event, its autoscaler's minimum, or what its ReplicaSets were asked for. */
function recordedCount(
  index: SnapshotIndex,
  workload: SnapshotObject,
  event: SnapshotObject | undefined,
): Recorded | undefined {
  const before = Number(SCALED_DOWN.exec(event ? eventMessage(event) : "")?.[1] ?? 0);
  const scaler = index
    .inNamespace("HorizontalPodAutoscaler", workload.metadata.namespace ?? "")
    .find((one) => textAt(one, "spec", "scaleTargetRef", "name") === workload.metadata.name);
  const minimum = scaler === undefined ? 0 : (numberAt(scaler, "spec", "minReplicas") ?? 1);
  const desired = index
    .childrenOf(workload, "ReplicaSet")
    .map(({ metadata }) => Number(metadata.annotations?.["deployment.kubernetes.io/desired-replicas"] ?? 0));
  const candidates: readonly Recorded[] = [
    { replicas: before, where: "what it had before, by the event of its controller" },
    { replicas: minimum, where: `the minimum of HorizontalPodAutoscaler/${scaler?.metadata.name ?? ""}` },
    { replicas: Math.max(0, ...desired.filter(Number.isInteger)), where: "what its ReplicaSets record" },
  ];
  return candidates.find(({ replicas }) => replicas > 0 && replicas <= 10_000);
}
