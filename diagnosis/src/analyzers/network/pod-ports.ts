import { probedPorts } from "../../snapshot/container-ports.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, type Json, numberAt, objectsAt, textAt } from "../../snapshot/json.ts";
import { commandOf, isLive } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";

/** A port that a container declares, or is known to listen on. */
export interface PodPort {
  readonly name: string | undefined;
  readonly number: number;
  readonly protocol: string;
}

/** What is known about the ports of a workload's pods. */
export interface PodPorts {
  readonly declared: readonly PodPort[];
  /** Ports that its probes ask. */
  readonly probed: readonly number[];
  /** Commands, arguments and env of all containers, as one text. */
  readonly text: string;
}

/** The pod spec that runs: that of a live pod, else that of the template. */
export function runningSpec(index: SnapshotIndex, workload: SnapshotObject): Json {
  const pod = index.podsOf(workload).find(isLive);
  return podSpecOf(pod ?? workload);
}

export function podPortsOf(spec: Json): PodPorts {
  const sidecars = objectsAt(spec, "initContainers").filter(({ restartPolicy }) => restartPolicy === "Always");
  const containers = [...objectsAt(spec, "containers"), ...sidecars];
  return {
    declared: containers.flatMap((container) => objectsAt(container, "ports")).flatMap(declaredPort),
    probed: containers.flatMap(probedPorts),
    text: containers.map(textOf).join(" "),
  };
}

function declaredPort(port: Json): readonly PodPort[] {
  const number = numberAt(port, "containerPort");
  if (number === undefined) return [];
  return [{ name: textAt(port, "name"), number, protocol: textAt(port, "protocol") ?? "TCP" }];
}

function textOf(container: Json): string {
  const env = objectsAt(container, "env").flatMap((entry) => textAt(entry, "value") ?? []);
  return [...commandOf(container), ...env].join(" ");
}

const LISTENS =
  /(?:-p|--port|--http-port|-listen|--listen|--bind|--addr|--address|PORT|:)[ =:]*(?:[\d.]*:)?(\d{2,5})\b/gi;

/** Addresses and commands by which others are called: their ports are not the process's own. */
const CALLED =
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s"']+|(?<![\w.-])[\w.-]*[A-Za-z][\w.-]*:\d{2,5}\b|\b(?:curl|wget|psql|pg_isready|redis-cli|mysql|mysqladmin|mongo|mongosh|telnet|ssh|nc(?!\s+(?:-\w+\s+)*-\w*l))\b[^|;&\n]*/g;

/** Ports that a command says it listens on, as well as can be told. */
export function listening(text: string): readonly number[] {
  return [...text.replace(CALLED, " ").matchAll(LISTENS)].map(([, port]) => Number(port));
}

/** The port of a Service: which port of the pods it means. */
export interface ServicePort {
  readonly position: number;
  readonly name: string | undefined;
  readonly port: number;
  readonly target: string | number;
  readonly protocol: string;
  /** `http (80)`, for people. */
  readonly words: string;
}

export function servicePortsOf(service: SnapshotObject): readonly ServicePort[] {
  return objectsAt(service, "spec", "ports").flatMap((entry, position) => {
    const port = numberAt(entry, "port");
    if (port === undefined || !isRecord(entry)) return [];
    const [name, target] = [textAt(entry, "name"), entry["targetPort"]];
    const words = name === undefined ? String(port) : `${name} (${port})`;
    return [
      {
        ...{ position, name, port, words, protocol: textAt(entry, "protocol") ?? "TCP" },
        target: typeof target === "string" || (typeof target === "number" && target > 0) ? target : port,
      },
    ];
  });
}
