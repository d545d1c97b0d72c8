import type { Fix } from "@sre-agent/crds";
import { patchFix } from "../../findings/fix.ts";
import { containerPlaces } from "../../snapshot/container-place.ts";
import { isRecord, type Json, numberAt, objectAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { ASKING_HANDLERS, PROBES, type ProbeName } from "../../snapshot/probes.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { unexpandedInProbe } from "./unexpanded-probe.ts";

export interface ProbeFault {
  /** After the probe's description. */
  readonly words: string;
  readonly decide?: string;
  readonly fix: Fix | undefined;
}

/** A probe, and what the kubelet says about it. */
interface Failed {
  readonly probe: ProbeName;
  readonly message: string;
}

/** What is wrong with a probe that fails: a contradiction, else how long it waits, else a path that the process lacks. */
export function probeFault(workload: SnapshotObject, container: Json, said: Failed): ProbeFault | undefined {
  return (
    contradiction(workload, container, said) ??
    tooStrict(container, said) ??
    tooEarly(container, said) ??
    wrongPath(container, said)
  );
}

/**
 * What in the probe's own fields contradicts its container, so that waiting does not help: a variable that nothing
 * expands, a host other than the pod, the other protocol, a port that the container does not declare while it declares
 * others.
 */
export function contradiction(workload: SnapshotObject, container: Json, said: Failed): ProbeFault | undefined {
  return (
    unexpanded(container, said.probe) ??
    foreignHost(workload, container, said.probe) ??
    wrongScheme(workload, container, said) ??
    wrongPort(workload, container, said)
  );
}

function unexpanded(container: Json, probe: ProbeName): ProbeFault | undefined {
  const words = unexpandedInProbe(container, probe);
  const field = `${probe}.exec.command of container ${textAt(container, "name") ?? ""}`;
  return words === undefined
    ? undefined
    : { words, decide: `write the value into ${field}, or run it by a shell (sh, -c, the line)`, fix: undefined };
}

/** The kubelet asks from the node: a host of its own in a probe is the node, or another machine, never the pod. */
function foreignHost(workload: SnapshotObject, container: Json, probe: ProbeName): ProbeFault | undefined {
  const handler = ASKING_HANDLERS.find((name) => textAt(container, probe, name, "host"));
  const host = handler && textAt(container, probe, handler, "host");
  if (handler === undefined || host === undefined) return undefined;
  return {
    words: `${probe}.${handler}.host is ${host}, so that the kubelet asks ${isLoopback(host) ? "its own node" : "that host"} instead of the pod`,
    decide: `remove ${probe}.${handler}.host of container ${textAt(container, "name") ?? ""}`,
    fix: isLoopback(host)
      ? probePatch(workload, container, { field: `${probe}/${handler}/host`, from: host, to: undefined })
      : undefined,
  };
}

function isLoopback(host: string): boolean {
  return /^(?:localhost|127(?:\.\d+){3}|::1)$/.test(host);
}

const PLAIN = /server gave HTTP response to HTTPS client/;
/** The first bytes of TLS: an alert about what is no handshake. */
const TLS = /malformed HTTP response "\\x15\\x03/;

/** The answer is in the other protocol. */
function wrongScheme(workload: SnapshotObject, container: Json, said: Failed): ProbeFault | undefined {
  const { probe, message } = said;
  const right = [PLAIN.test(message) && "HTTP", TLS.test(message) && "HTTPS"].find((one) => one !== false);
  const scheme = textAt(container, probe, "httpGet", "scheme") ?? "HTTP";
  if (right === undefined || right === scheme) return undefined;
  return {
    words: `${probe}.httpGet.scheme is ${scheme}, and the process answers in ${right}`,
    decide: `set ${probe}.httpGet.scheme of container ${textAt(container, "name") ?? ""} to ${right}`,
    fix: probePatch(workload, container, { field: `${probe}/httpGet/scheme`, from: scheme, to: right }),
  };
}

/** An answer, of whatever kind, comes from somebody who listens on that port, declared or not. */
const ANSWERED = /statuscode: \d|HTTP response|tls:|malformed|connection reset|EOF/i;

function wrongPort(workload: SnapshotObject, container: Json, { probe, message }: Failed): ProbeFault | undefined {
  if (ANSWERED.test(message)) return undefined;
  const handler = ASKING_HANDLERS.find((name) => isRecord(valueAt(container, probe, name)));
  const port = handler && valueAt(container, probe, handler, "port");
  const declared = objectsAt(container, "ports");
  if (handler === undefined || port === undefined || declared.length === 0) return undefined;
  if (declared.some((one) => one["containerPort"] === port || one["name"] === port)) return undefined;
  const ports = declared.map((one) => numberAt(one, "containerPort")).join(", ");
  const right =
    siblingPort(container, probe) ?? (declared.length === 1 ? valueAt(declared[0], "containerPort") : undefined);
  return {
    words: `port ${String(port)} is not a port of the container (${ports})`,
    fix:
      right === undefined
        ? undefined
        : probePatch(workload, container, { field: `${probe}/${handler}/port`, from: port, to: right }),
  };
}

/** The port that another probe of the container uses, when it is one of the declared ones. */
function siblingPort(container: Json, probe: ProbeName): unknown {
  const declared = objectsAt(container, "ports").map((one) => one["containerPort"]);
  return PROBES.filter((name) => name !== probe)
    .flatMap((name) => ASKING_HANDLERS.map((handler) => valueAt(container, name, handler, "port")))
    .find((port) => declared.includes(port));
}

interface Edit {
  readonly field: string;
  readonly from: unknown;
  readonly to: unknown;
}

function probePatch(workload: SnapshotObject, container: Json, { field, from, to }: Edit): Fix | undefined {
  const at = containerPlaces(workload).find(({ name }) => name === container["name"]);
  if (at === undefined || workload.kind === "Pod") return undefined;
  const path = `${at.pointer}/${field}`;
  const what = `${field.replaceAll("/", ".")} of container ${textAt(container, "name") ?? ""}`;
  const edit = to === undefined ? { path, from } : { path, from, to };
  return patchFix(workload, [edit], to === undefined ? `remove ${what}` : `set ${what} to ${String(to)}`);
}

function tooStrict(container: Json, { probe, message }: Failed): ProbeFault | undefined {
  if (!/timed? ?out|deadline exceeded|Client\.Timeout/i.test(message)) return undefined;
  const spec = objectAt(container, probe);
  const number = (name: string, otherwise: number) => numberAt(spec, name) ?? otherwise;
  const [delay, timeout] = [number("initialDelaySeconds", 0), number("timeoutSeconds", 1)];
  const [period, failures] = [number("periodSeconds", 10), number("failureThreshold", 3)];
  return {
    words: `it allows ${timeout} s an answer, ${failures} failures every ${period} s after ${delay} s, and the process answers more slowly: raise timeoutSeconds or failureThreshold, or add a startupProbe`,
    fix: undefined,
  };
}

/** A liveness probe that is refused where the container does listen, once it has started: it asks too early. */
function tooEarly(container: Json, { probe, message }: Failed): ProbeFault | undefined {
  if (probe === "readinessProbe" || !/connection refused/i.test(message)) return undefined;
  const number = (name: string, otherwise: number) => numberAt(objectAt(container, probe), name) ?? otherwise;
  const [delay, period, failures] = [
    number("initialDelaySeconds", 0),
    number("periodSeconds", 10),
    number("failureThreshold", 3),
  ];
  const seconds = delay + period * failures;
  if (seconds > SLOW_START_S || (probe === "livenessProbe" && container["startupProbe"] !== undefined))
    return undefined;
  return {
    words: `it gives the process ${seconds} s to start (initialDelaySeconds ${delay}, failureThreshold ${failures} every ${period} s), and kills it before it listens`,
    decide: `give container ${textAt(container, "name") ?? ""} a startupProbe, or raise initialDelaySeconds or failureThreshold of its ${probe}; if it never listens there, correct the port`,
    fix: undefined,
  };
}

/** Beyond a minute a process that still refuses is not starting. */
const SLOW_START_S = 60;

/** 404 from the probe's path while another probe of the container uses another path. */
function wrongPath(container: Json, { probe, message }: Failed): ProbeFault | undefined {
  if (!/statuscode: 404/.test(message)) return undefined;
  const path = textAt(container, probe, "httpGet", "path") ?? "/";
  const other = PROBES.filter((name) => name !== probe)
    .map((name) => textAt(container, name, "httpGet", "path"))
    .find((one) => one !== undefined && one !== path);
  return {
    words: `the process has no path ${path} (404)${other === undefined ? "" : `; another probe asks ${other}`}`,
    fix: undefined,
  };
}
