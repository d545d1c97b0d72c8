import type { Fix } from "@sre-agent/crds";
import { clip } from "../../findings/draft.ts";
import { alarmOf } from "../../log/fatal-line.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectAt, objectsAt, textAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { absentVariable } from "./absent-variable.ts";
import { fieldOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";
import { execFormat } from "./exec-format.ts";
import { hiddenFile } from "./hidden-file.ts";
import { lastLinesOf } from "./last-words.ts";
import { namedFile } from "./named-file.ts";
import { namedVariable } from "./named-variable.ts";
import { paddedValue } from "./padded-value.ts";
import { privilegedPort } from "./privileged-port.ts";
import { readOnlyPath } from "./read-only-path.ts";
import { repeatedVariable } from "./repeated-variable.ts";
import { serviceLink } from "./service-link.ts";
import { shellArguments } from "./shell-arguments.ts";
import { unexpandedVariable } from "./unexpanded-variable.ts";
import { unmountedPath } from "./unmounted-path.ts";

/** What the spec says about a crash whose words or exit code point there. */
export interface CrashHint {
  readonly words: string;
  readonly decide: string;
  readonly fix?: Fix | undefined;
}

type Hint = (index: SnapshotIndex, trouble: Trouble, said: string) => CrashHint | undefined;

const HINTS: readonly Hint[] = [
  readOnlyPath,
  portInUse,
  privilegedPort,
  execFormat,
  absentCommand,
  serviceLink,
  absentVariable,
  forbiddenUser,
  fullVolume,
  certificate,
  repeatedVariable,
  unexpandedVariable,
  paddedValue,
  shellArguments,
  unmountedPath,
  hiddenFile,
  namedFile,
  namedVariable,
];

/** Those that read one line well, whatever stands after it. */
const OF_LINES: readonly Hint[] = [
  readOnlyPath,
  portInUse,
  privilegedPort,
  serviceLink,
  absentVariable,
  forbiddenUser,
  fullVolume,
  certificate,
  repeatedVariable,
  unmountedPath,
  hiddenFile,
];
const LAST_LINES = 20;

/** The first reading of a crash that the spec confirms: of its last words, else of a line before them, the nearest first. */
export function crashHint(index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  return HINTS.map((hint) => hint(index, trouble, said)).find((one) => one !== undefined) ?? ofLine(index, trouble);
}

function ofLine(index: SnapshotIndex, trouble: Trouble): CrashHint | undefined {
  const lines = lastLinesOf(index, trouble).slice(-LAST_LINES).reverse();
  for (const { value } of lines.filter((line) => alarmOf(line.value) > 0)) {
    const hint = OF_LINES.map((read) => read(index, trouble, value)).find((one) => one !== undefined);
    if (hint !== undefined) return { ...hint, words: `before that it says "${clip(value, 200)}": ${hint.words}` };
  }
  return undefined;
}

function specOf({ pod, container }: Trouble) {
  return objectAt(containerSpec(pod, container));
}

function portInUse(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!/address already in use|EADDRINUSE|bind.*in use/i.test(said)) return undefined;
  const port = /(?::|port )(\d{2,5})\b/i.exec(said)?.[1];
  const own = objectsAt(specOf(trouble), "ports").map((one) => numberAt(one, "containerPort"));
  const others = objectsAt(podSpecOf(trouble.pod), "containers").filter(({ name }) => name !== trouble.container);
  const rival = others.find((one) =>
    objectsAt(one, "ports").some((each) => isPort(numberAt(each, "containerPort"), port, own)),
  );
  const name = textAt(rival, "name") ?? (others.length === 1 ? textAt(others[0], "name") : undefined);
  const named = port ?? declaredPort(others.find((one) => one["name"] === name));
  const what = named === undefined ? "the port" : `port ${named}`;
  if (name === undefined)
    return { words: `${what} is taken by another process of the pod`, decide: `give one of the two another port` };
  return {
    words: `container ${name} of the same pod has ${what}: the containers of a pod share one network`,
    decide: `let container ${name} or ${trouble.container} listen on another port`,
  };
}

/** The one port that a container declares. */
function declaredPort(container: unknown): string | undefined {
  const ports = objectsAt(container, "ports").flatMap((one) => numberAt(one, "containerPort") ?? []);
  return ports.length === 1 ? String(ports[0]) : undefined;
}

function isPort(declared: number | undefined, said: string | undefined, own: readonly (number | undefined)[]): boolean {
  return declared !== undefined && (said === undefined ? own.includes(declared) : String(declared) === said);
}

function absentCommand(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  const exit = trouble.state.termination?.exitCode;
  if (exit !== 127 && exit !== 126) return undefined;
  const word = /(?:^|: |exec )([\w./-]+): (?:not found|command not found|No such file)/.exec(said)?.[1];
  const field = valueAt(specOf(trouble), "command") === undefined ? "args" : "command";
  return {
    words: `${fieldOf(trouble, field)} asks for ${word ? `"${clip(word, 60)}"` : "a command"}, which the image does not have`,
    decide: `correct ${fieldOf(trouble, field)}, or use an image that has the command`,
  };
}

/** A file, a socket or a call of the system; databases and APIs deny permission in the same words, to users of their own. */
const OF_KERNEL =
  /(?:^|[\s'"=(:[])\.?\/[\w.@-]|\b(?:open|mkdir|unlink|rename|chown|chmod|chroot|set[ug]id|setgroups|mount|bind|listen|exec|socket|ioctl|ptrace|mlock|sysctl|capset|ping|iptables)\b|Errno \d|EACCES|EPERM/i;
const OF_DATABASE = /permission denied (?:for|to|on) /i;

function forbiddenUser(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!/permission denied|operation not permitted|EACCES|EPERM/i.test(said)) return undefined;
  if (!OF_KERNEL.test(said) || OF_DATABASE.test(said)) return undefined;
  const pod = objectAt(podSpecOf(trouble.pod), "securityContext");
  const own = objectAt(specOf(trouble), "securityContext");
  const user = numberAt(own, "runAsUser") ?? numberAt(pod, "runAsUser");
  const dropped = valueAt(own, "capabilities", "drop");
  const parts = [
    ...(user === undefined ? [] : [`runs as user ${user}`]),
    ...(numberAt(pod, "fsGroup") === undefined ? ["no fsGroup"] : []),
    ...(Array.isArray(dropped) && dropped.length > 0 ? [`capabilities ${dropped.join(", ")} dropped`] : []),
  ];
  if (user === undefined && !Array.isArray(dropped)) return undefined;
  return {
    words: `its securityContext: ${parts.join(", ")}`,
    decide: "give the user what it needs: another runAsUser, an fsGroup for its volumes, or the one capability",
  };
}

function fullVolume(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!/no space left on device|ENOSPC|disk quota exceeded/i.test(said)) return undefined;
  const path = /(\/[\w./-]+)/.exec(said)?.[1];
  const mount = objectsAt(specOf(trouble), "volumeMounts").find((one) =>
    path?.startsWith(textAt(one, "mountPath") ?? "//"),
  );
  const volume = textAt(mount, "name");
  return {
    words: volume ? `volume ${volume} is full` : "its file system is full",
    decide: `grow or clean ${volume ? `volume ${volume}` : "what it writes to"}`,
  };
}

function certificate(_index: SnapshotIndex, _trouble: Trouble, said: string): CrashHint | undefined {
  if (!/certificate (?:has |is )?(?:expired|not yet valid)|CERT_HAS_EXPIRED/i.test(said)) return undefined;
  return {
    words: "a certificate that it uses has expired",
    decide: "renew the certificate, then restart what reads it",
  };
}
