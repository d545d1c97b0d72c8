import { lastWrite, type Write } from "../../changes/last-write.ts";
import { clip, type Draft, draft, fromControlPlane, fromTenant, type Layer, subjectOf } from "../../findings/draft.ts";
import { restartFix } from "../../findings/restart-fix.ts";
import { health } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectsAt } from "../../snapshot/json.ts";
import { containerStates, hasServed, isLive, isReady } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { type Reference, referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { type OutdatedHost, outdatedHost } from "./outdated-host.ts";
import { type Refused, refusedClients } from "./refused-client.ts";

/** Env and subPath mounts are read once: an object that was written later is not what the container runs with. */
export function staleConfiguration(index: SnapshotIndex): readonly Draft[] {
  const running = index.ofKind("Pod").filter(isLive);
  const stale = running.flatMap((pod) => staleIn(index, pod));
  const groups = Map.groupBy(stale, ({ workload, source }) => `${keyOf(workload)} ${keyOf(source)}`);
  return [...groups.values()].flatMap((group) => staleFinding(index, group));
}

interface Stale {
  readonly workload: SnapshotObject;
  readonly pod: SnapshotObject;
  readonly source: SnapshotObject;
  readonly write: Write;
  readonly container: string;
  readonly startedAt: string;
  readonly reference: Reference;
}

function keyOf({ kind, metadata }: SnapshotObject): string {
  return `${metadata.namespace ?? ""}/${kind}/${metadata.name}`;
}

function staleIn(index: SnapshotIndex, pod: SnapshotObject): readonly Stale[] {
  const spec = podSpecOf(pod);
  const states = containerStates(pod).filter(({ running, init }) => running && !init);
  return referencesOf(spec).flatMap((reference) => {
    const source = index.byName(reference.kind, pod.metadata.namespace, reference.name);
    const write = source && lastWrite(source, "data", ...(reference.key === undefined ? [] : [reference.key]));
    if (source === undefined || write === undefined) return [];
    return states
      .filter(({ name, startedAt }) => readsOnce(spec, reference, name) && (startedAt ?? "9") < write.at)
      .map(({ name, startedAt = "" }) => ({
        ...{ workload: index.rootOf(pod), pod, source, write, container: name, startedAt, reference },
      }));
  });
}

function readsOnce(spec: unknown, reference: Reference, container: string): boolean {
  if (reference.by === "env") return reference.container === container;
  if (reference.kind === "PersistentVolumeClaim") return false;
  const mounts = objectsAt(spec, "containers")
    .filter(({ name }) => name === container)
    .flatMap((each) => objectsAt(each, "volumeMounts"));
  return mounts.some(({ name, subPath }) => name === reference.volume && typeof subPath === "string");
}

function staleFinding(index: SnapshotIndex, group: readonly Stale[]): readonly Draft[] {
  const [first] = group;
  if (first === undefined) return [];
  const { workload, source, write, container, startedAt, reference, pod } = first;
  const named = `${source.kind} ${source.metadata.name}`;
  const how = reference.by === "env" ? "as env" : "by subPath";
  const pods = [...new Set(group.map((one) => one.pod))];
  const words = `${named} was written at ${write.at}, after container ${container} had started (${startedAt}); it is read ${how}, once, at the start`;
  const refused = refusedFor(index, first);
  const [client] = refused;
  const outdated = source.kind === "ConfigMap" ? outdatedHost(index, workload) : undefined;
  return [
    draft({
      analyzer: "stale-configuration",
      layer: layerOf(group, outdated),
      severity: client !== undefined || health(index, workload).severity > 0 ? "error" : "warning",
      subject: workload,
      causeKey: [source.kind, source.metadata.name],
      cause: `${workload.kind} ${workload.metadata.name} runs with an old ${named}: ${words}${client ? `; ${client.workload.kind} ${client.workload.metadata.name}, which has the new one, is refused` : ""}${outdated ? `; it still asks for ${outdated.host}, which its configuration no longer names` : ""}`,
      accountsFor: refused.map((one) => one.workload),
      symptom: `runs with an old ${named}`,
      evidence: [
        fromControlPlane(source, "metadata.managedFields[data].time", `${write.at} by ${write.by}`),
        fromControlPlane(pod, `status.containerStatuses[${container}].state.running.startedAt`, startedAt),
        fromTenant(pod, `spec.${reference.path}`, reference.name),
        ...(outdated ? [fromTenant(outdated.said.object, outdated.said.path, clip(outdated.said.line, 500))] : []),
        ...(client ? [fromTenant(client.said.object, client.said.path, clip(client.said.line, 500))] : []),
      ],
      explains: pods
        .filter((one) => one !== workload)
        .map((one) => ({ subject: subjectOf(one), symptom: `started before ${named} was written` })),
      change: { object: subjectOf(source), what: `${named} was written`, at: write.at, by: write.by },
      fix: restartFix(workload, index.snapshot.now, `its pods started before ${named} was last written`),
    }),
  ];
}

/** What asks for what only the old configuration names fails by it, whatever else is seen of that. */
function layerOf(group: readonly Stale[], outdated: OutdatedHost | undefined): Layer {
  if (outdated !== undefined) return "setting";
  return group.some(neverServed) ? "cause" : "apart";
}

/** What never got ready with the old words has its cause here; what got ready with them may have lost it for anything. */
function neverServed({ pod, startedAt }: Stale): boolean {
  return !isReady(pod) && !hasServed(pod, { startedAt });
}

/** Those that started with the new words, and are refused by what still has the old ones. */
function refusedFor(index: SnapshotIndex, { workload, source, write }: Stale): readonly Refused[] {
  return refusedClients(index, source, write.at).filter((one) => one.workload !== workload);
}
