import { clip, type Draft, draft, fromTenant } from "../../findings/draft.ts";
import { decision } from "../../findings/fix.ts";
import { eventMessage, latestEvent } from "../../snapshot/events.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { containerStates, isLive, isReady } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { backingsOf } from "../network/backing.ts";
import { complaint, type Said } from "../network/client-trouble.ts";
import { callsTo } from "../network/clients.ts";

/** Servers that listen on the loopback address alone, so that a caller or a probe from outside the pod is refused. */
export function loopbackListener(index: SnapshotIndex): readonly Draft[] {
  const called = backingsOf(index).flatMap(({ service, workloads, pods }) => {
    const refused = pods.length === 0 ? [] : refusedCalls(index, service);
    return refused.length === 0
      ? []
      : workloads.map((workload) => ({ workload, service, refused, ports: targetPorts(service, workload) }));
  });
  const probed = index.ofKind("Pod").flatMap((pod) => {
    const said = refusedProbe(index, pod);
    if (said === undefined) return [];
    const ports = [...said.said.line.matchAll(/:(\d{2,5})\b/g)].map(([, port]) => Number(port));
    return [{ workload: index.rootOf(pod), service: undefined, refused: [said], ports }];
  });
  const findings = [...called, ...probed].flatMap((one) => listenerFinding(index, one) ?? []);
  return [...new Map(findings.map((one) => [one.finding.id, one])).values()];
}

interface Refused {
  readonly client: SnapshotObject | undefined;
  readonly said: Said;
}

interface Suspect {
  readonly workload: SnapshotObject;
  readonly service: SnapshotObject | undefined;
  readonly refused: readonly Refused[];
  /** Where the callers knock. */
  readonly ports: readonly number[];
}

function targetPorts(service: SnapshotObject, workload: SnapshotObject): readonly number[] {
  const declared = objectsAt(podSpecOf(workload), "containers").flatMap((one) => objectsAt(one, "ports"));
  return objectsAt(service, "spec", "ports").flatMap(({ port, targetPort = port }) => {
    const named = declared.find(({ name }) => name === targetPort);
    return numberAt(named, "containerPort") ?? (typeof targetPort === "number" ? targetPort : []);
  });
}

const REFUSED = /refused|couldn.t connect|could not connect|failed to connect|ECONNREFUSED/i;

function refusedCalls(index: SnapshotIndex, service: SnapshotObject): readonly Refused[] {
  return callsTo(index, service).flatMap(({ client, host }) => {
    const said = complaint(index, client, host);
    return said !== undefined && REFUSED.test(said.line) ? [{ client, said }] : [];
  });
}

function refusedProbe(index: SnapshotIndex, pod: SnapshotObject): Refused | undefined {
  if (!isLive(pod) || isReady(pod)) return undefined;
  const event = latestEvent(index, pod, { reason: "Unhealthy", matching: /probe failed:.*connection refused/ });
  if (event === undefined || /127\.0\.0\.1|\[::1\]/.test(eventMessage(event))) return undefined;
  return { client: undefined, said: { object: pod, path: "event Unhealthy", line: eventMessage(event) } };
}

interface Listening {
  readonly container: string;
  readonly address: string;
  readonly object: SnapshotObject;
  readonly path: string;
  readonly line: string;
}

const LOOPBACK = String.raw`(?:127\.0\.0\.1|localhost|\[::1\])`;
const SAYS = new RegExp(
  String.raw`\b(?:listen|bound|bind|serving|running|started)\w*\b[^\n]{0,60}?(${LOOPBACK}:\d{2,5})\b`,
  "i",
);
const ELSEWHERE = /\b(?:listen|bound|bind|serving)\w*\b[^\n]{0,60}?(?:0\.0\.0\.0|\[::\]|\*|:::)(?::\d|\s|$)/i;
const TOLD = new RegExp(String.raw`^-{0,2}[\w.-]*(?:bind|listen|host|addr)[\w.-]*[= ](${LOOPBACK}(?::\d{2,5})?)$`, "i");
const SETTING = /(?:^|_)(?:BIND|LISTEN|HOST|ADDR|ADDRESS)(?:_|$)/i;
const WHOLE = new RegExp(String.raw`^${LOOPBACK}(?::\d{2,5})?$`);

/** Where a container says, or is told, to listen; nothing when it listens elsewhere as well. */
function listeningIn(index: SnapshotIndex, { workload, ports }: Suspect): Listening | undefined {
  const pods = index.podsOf(workload).filter(isLive);
  const said = pods.flatMap((pod) => containerStates(pod).flatMap(({ name }) => spokenOf(index, pod, name)));
  if (said.some(({ line }) => ELSEWHERE.test(line))) return undefined;
  const spoken = said.flatMap((one) => {
    const [, address] = SAYS.exec(one.line) ?? [];
    return address === undefined ? [] : [{ ...one, address }];
  });
  return [...spoken, ...toldIn(workload)].find(({ address }) => isOneOf(ports, address));
}

/** An address without a port can be that of any. */
function isOneOf(ports: readonly number[], address: string): boolean {
  const [, port] = /:(\d{2,5})$/.exec(address) ?? [];
  return port === undefined || ports.includes(Number(port));
}

const MAX_LINES = 400;

function spokenOf(index: SnapshotIndex, pod: SnapshotObject, container: string): readonly Omit<Listening, "address">[] {
  const { namespace = "", name } = pod.metadata;
  const text = index.logOf({ namespace, pod: name, container, previous: false })?.text ?? "";
  const lines = text.split("\n").slice(0, MAX_LINES);
  return lines.map((line) => ({ container, object: pod, path: `log[${container}]`, line: line.trim() }));
}

function toldIn(workload: SnapshotObject): readonly Listening[] {
  const spec = podSpecPath(workload);
  return objectsAt(podSpecOf(workload), "containers").flatMap((container) => {
    const name = textAt(container, "name") ?? "";
    const flags = ["command", "args"].flatMap((path) => {
      const words = textsAt(container, path);
      return words.map((_, position) => ({ text: pair(words, position), path }));
    });
    const env = objectsAt(container, "env")
      .filter((entry) => SETTING.test(textAt(entry, "name") ?? "") && WHOLE.test(textAt(entry, "value") ?? ""))
      .map((entry) => ({ address: textAt(entry, "value") ?? "", path: `env[${textAt(entry, "name")}]` }));
    const fromFlags = flags.flatMap(({ text, path }) => {
      const [, address] = TOLD.exec(text) ?? [];
      return address === undefined ? [] : [{ address, path }];
    });
    return [...fromFlags, ...env].map(({ address, path }) => ({
      ...{ container: name, address, object: workload, path: `${spec}.containers[${name}].${path}`, line: address },
    }));
  });
}

/** `--bind=x`, or a flag with the word after it. */
function pair(words: readonly string[], position: number): string {
  const word = words[position] ?? "";
  return word.includes("=") || !word.startsWith("-") ? word : `${word} ${words[position + 1] ?? ""}`;
}

function listenerFinding(index: SnapshotIndex, suspect: Suspect): Draft | undefined {
  const { workload, service, refused } = suspect;
  const listening = listeningIn(index, suspect);
  const [first] = refused;
  if (listening === undefined || first === undefined) return undefined;
  const { container, address, object, path, line } = listening;
  const clients = refused.flatMap(({ client }) => client ?? []);
  const who =
    service === undefined
      ? "the kubelet's probe is refused"
      : `callers of Service/${service.metadata.name} are refused`;
  return draft({
    analyzer: "loopback-listener",
    layer: "setting",
    severity: "error",
    subject: workload,
    causeKey: [container, "loopback"],
    cause: `container ${container} of ${workload.kind}/${workload.metadata.name} listens on ${address} only, which nothing outside its pod can reach: ${who}`,
    symptom: `listens on ${address} only`,
    accountsFor: clients,
    evidence: [
      fromTenant(object, path, clip(line, 300)),
      fromTenant(first.said.object, first.said.path, clip(first.said.line, 300)),
    ],
    fix: decision(`let container ${container} listen on 0.0.0.0 (all addresses) instead of ${address}`),
  });
}
