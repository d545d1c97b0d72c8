import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { type Json, numberAt, objectAt, objectsAt, textAt, textsAt } from "../../snapshot/json.ts";
import { commandOf, containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf, podSpecPath } from "../../snapshot/pod-template.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";
import { portSetting } from "./port-setting.ts";

const DENIED = /permission denied|operation not permitted|EACCES|EPERM/i;
const BINDS = /\b(?:bind|binding|listen|listening|make_sock|BindException|start(?:ing)? server)\b/i;
/** Behind an address, a blank or the word: not the minutes of a time. */
const PORT = /(?:(?:^|[\s\]*"'(]|\d\.\d{1,3}|localhost|::):|\bport[\s=:]+)(\d{1,5})\b(?![:.]\d)/i;
const UNIX = /\bunix\b|\.sock\b/i;
const FIRST_FREE = 1024;

/** A port below 1024 that the container may not listen on: that takes the capability NET_BIND_SERVICE, which root alone has. */
export function privilegedPort(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!DENIED.test(said) || !BINDS.test(said) || UNIX.test(said)) return undefined;
  const spec = objectAt(containerSpec(trouble.pod, trouble.container));
  const port = Number(PORT.exec(said)?.[1] ?? declaredBelow(spec) ?? toldBelow(spec));
  if (!(port > 0 && port < FIRST_FREE)) return undefined;
  const { root, words } = rightsOf(trouble, spec);
  const setting = portSetting(index, trouble, port);
  const other = `let it listen on a port from ${FIRST_FREE} on${setting === undefined ? "" : ` (${setting})`}, and lead targetPorts and probes there`;
  return {
    words: `it may not listen on port ${port}${setting === undefined ? "" : ` (${setting})`}: one below ${FIRST_FREE} takes capability NET_BIND_SERVICE, and ${words}`,
    decide: root
      ? `add NET_BIND_SERVICE to ${fieldOf(trouble, "securityContext.capabilities.add")}, or ${other}`
      : `${other}${bySysctl(trouble, port)}; NET_BIND_SERVICE in capabilities.add gives it to root alone`,
  };
}

/** The one such port that the container declares. */
function declaredBelow(spec: Json): number | undefined {
  const ports = objectsAt(spec, "ports").flatMap((one) => numberAt(one, "containerPort") ?? []);
  const [low, ...others] = ports.filter((one) => one < FIRST_FREE);
  return others.length === 0 ? low : undefined;
}

/** `-p 80`, `--port=80`, `0.0.0.0:80`. */
const FLAG = /(?:^|\s)(?:-p|--?[\w-]*port)[= ](\d{1,5})\b|(?:^|[\s=])[\w.*[\]-]*:(\d{1,5})(?=["'\s]|$)/g;

function toldBelow(spec: Json): number | undefined {
  const told = [...commandOf(spec).join(" ").matchAll(FLAG)].map(([, flag, address]) => Number(flag ?? address));
  const [low, ...others] = new Set(told.filter((one) => one > 0 && one < FIRST_FREE));
  return others.length === 0 ? low : undefined;
}

interface Rights {
  readonly root: boolean;
  readonly words: string;
}

/** As whom it runs by its securityContext, or by its image. */
function rightsOf(trouble: Trouble, spec: Json): Rights {
  const pod = objectAt(podSpecOf(trouble.pod), "securityContext");
  const own = objectAt(spec, "securityContext");
  const pathOf = (field: string) =>
    own[field] === undefined
      ? `${podSpecPath(trouble.workload)}.securityContext.${field}`
      : fieldOf(trouble, `securityContext.${field}`);
  const user = numberAt(own, "runAsUser") ?? numberAt(pod, "runAsUser");
  const nonRoot = (own["runAsNonRoot"] ?? pod["runAsNonRoot"]) === true;
  if (user !== undefined && user !== 0)
    return { root: false, words: `it runs as user ${user} (${pathOf("runAsUser")})` };
  if (nonRoot) return { root: false, words: `it runs as its image's user (${pathOf("runAsNonRoot")} true)` };
  if (!dropsBind(own)) return { root: false, words: "it runs as its image's user" };
  const drop = fieldOf(trouble, "securityContext.capabilities.drop");
  return { root: true, words: `${drop} takes it away, even from root` };
}

const BIND = /^(?:CAP_)?(?:NET_BIND_SERVICE|ALL)$/i;

function dropsBind(own: Json): boolean {
  const [drop, add] = ["drop", "add"].map((field) => textsAt(own, "capabilities", field).some((one) => BIND.test(one)));
  return drop === true && add !== true;
}

/** A sysctl that is called safe; the network of the node has its own. */
function bySysctl({ pod, workload }: Trouble, port: number): string {
  if (podSpecOf(pod)["hostNetwork"] === true) return "";
  const sysctls = objectsAt(podSpecOf(pod), "securityContext", "sysctls");
  const now = sysctls.find((one) => textAt(one, "name") === SYSCTL);
  const value = now === undefined ? "" : ` (it is ${textAt(now, "value")})`;
  return `, or set sysctl ${SYSCTL} to ${port} in ${podSpecPath(workload)}.securityContext.sysctls${value}`;
}

const SYSCTL = "net.ipv4.ip_unprivileged_port_start";
