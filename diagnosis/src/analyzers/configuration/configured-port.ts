import { clip, type Draft, draft, fromControlPlane, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { outageSeverity } from "../../health.ts";
import { portNumber, probedPorts } from "../../snapshot/container-ports.ts";
import { containerSettings } from "../../snapshot/container-settings.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, objectsAt } from "../../snapshot/json.ts";
import { mentionsPort } from "../../snapshot/mentioned-port.ts";
import {
  ageMs,
  type ContainerState,
  containerSpec,
  containerStates,
  isLive,
  isReady,
} from "../../snapshot/pod-state.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { backingsOf } from "../network/backing.ts";
import { complaints, isUnreached } from "../network/client-trouble.ts";
import { type ListenPort, listenPorts } from "./listen-ports.ts";

/** Servers that a ConfigMap tells to listen on another port than their refused probe, and what leads to them, asks. */
export function configuredPort(index: SnapshotIndex): readonly Draft[] {
  const found = index
    .ofKind("Pod")
    .filter((pod) => isLive(pod) && !isReady(pod))
    .flatMap((pod) => refusedIn(index, pod))
    .flatMap((refused) => portFinding(index, refused));
  return [...new Map(found.map((one) => [one.finding.id, one])).values()];
}

interface Refused {
  readonly pod: SnapshotObject;
  readonly container: Json;
  readonly name: string;
  /** The port that the probe asks. */
  readonly port: number;
  readonly message: string;
}

/** Longer than a server takes until it listens. */
const START_MS = 30_000;

function refusedIn(index: SnapshotIndex, pod: SnapshotObject): readonly Refused[] {
  const event = latestEvent(index, pod, { reason: "Unhealthy", matching: /probe failed:.*connection refused/ });
  const message = event === undefined ? "" : eventMessage(event);
  const port = Number(/:(\d{1,5}): connect: connection refused/.exec(message)?.[1]);
  return containerStates(pod)
    .filter((state) => port > 0 && isOverdue(index, pod, state))
    .map(({ name }) => ({ pod, name, port, message, container: containerSpec(pod, name) }))
    .filter(({ container }) => probedPorts(container).includes(port));
}

/** One that ends by itself has a cause of its own. */
function isOverdue(
  index: SnapshotIndex,
  pod: SnapshotObject,
  { name, running, ready, restarts, startedAt }: ContainerState,
): boolean {
  if (ready) return false;
  const killing = latestEvent(index, pod, { reason: "Killing", matching: / failed (?:liveness|startup) probe/ });
  if (killing !== undefined && eventMessage(killing).includes(`ontainer ${name} failed`)) return true;
  return running && restarts === 0 && (ageMs(index.nowMs, startedAt) ?? 0) > START_MS;
}

function portFinding(index: SnapshotIndex, refused: Refused): readonly Draft[] {
  const { pod, name, port, message, container } = refused;
  const [told, ...others] = toldElsewhere(index, refused);
  if (told === undefined || others.some((one) => one.port !== told.port)) return [];
  const workload = index.rootOf(pod);
  // Who waits for somebody does not listen yet.
  if (complaints(index, workload).some((said) => isUnreached(said.line))) return [];
  const { source, key, line } = told;
  const where = `${workload.kind}/${workload.metadata.name}`;
  const leading = leadingTo(index, workload, { container, port });
  const place = `key ${key} of ConfigMap/${source.metadata.name}`;
  return [
    draft({
      analyzer: "configured-port",
      layer: "setting",
      severity: outageSeverity(index, workload),
      subject: workload,
      causeKey: [name, source.metadata.name, key],
      cause: `container ${name} of ${where} is told to listen on port ${told.port} by ${place}, while ${leading} lead to port ${port}, where nobody listens`,
      symptom: `listens on port ${told.port}, not on ${port}`,
      evidence: [
        fromTenant(source, `data[${key}]`, clip(line, 200)),
        fromControlPlane(pod, "event Unhealthy", message),
      ],
      fix: decision(
        `let ${place} say port ${port} and start the pods of ${where} anew, or let ${leading} lead to port ${told.port}`,
      ),
    }),
  ];
}

/**
 * Where its ConfigMaps tell it to listen, when none of them, nor its own spec, names the port that is asked. A container
 * that declares the one and not the other has a wrong probe.
 */
function toldElsewhere(index: SnapshotIndex, { pod, name, port, container }: Refused): readonly ListenPort[] {
  const own = containerSettings(container).some(({ text }) => mentionsPort(text, port));
  const told = own ? [] : listenPorts(index, pod, name);
  const declared = objectsAt(container, "ports").map((one) => one["containerPort"]);
  const probeIsWrong = !declared.includes(port) && told.some((one) => declared.includes(one.port));
  return told.some((one) => one.port === port) || probeIsWrong ? [] : told;
}

interface Asked {
  readonly container: Json;
  readonly port: number;
}

/** What leads to the port: the probe, the declared port, and Services. */
function leadingTo(index: SnapshotIndex, workload: SnapshotObject, { container, port }: Asked): string {
  const declared = objectsAt(container, "ports").some((one) => one["containerPort"] === port);
  const services = backingsOf(index).filter(
    ({ service, workloads }) =>
      workloads.includes(workload) &&
      objectsAt(service, "spec", "ports").some(
        (one) => portNumber(container, one["targetPort"] ?? one["port"]) === port,
      ),
  );
  const all = [
    "its probe",
    ...(declared ? ["its containerPort"] : []),
    ...services.slice(0, 3).map(({ service }) => `targetPort of Service/${service.metadata.name}`),
  ];
  return all.length === 1 ? "its probes" : `${all.slice(0, -1).join(", ")} and ${all.at(-1)}`;
}
