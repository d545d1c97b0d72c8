import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { numberAt, objectAt, valueAt } from "../../snapshot/json.ts";
import { containerSpec } from "../../snapshot/pod-state.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import type { Trouble } from "./container-trouble.ts";
import type { CrashHint } from "./crash-hint.ts";

/** A file, a socket or a call of the system; databases and APIs deny permission in the same words, to users of their own. */
const OF_KERNEL =
  /(?:^|[\s'"=(:[])\.?\/[\w.@-]|\b(?:open|mkdir|unlink|rename|chown|chmod|chroot|set[ug]id|setgroups|mount|bind|listen|exec|socket|ioctl|ptrace|mlock|sysctl|capset|ping|iptables)\b|Errno \d|EACCES|EPERM/i;
const OF_DATABASE = /permission denied (?:for|to|on) /i;

/** What the kernel denies to the user or the capabilities that its securityContext gives it. */
export function forbiddenUser(_index: SnapshotIndex, trouble: Trouble, said: string): CrashHint | undefined {
  if (!/permission denied|operation not permitted|EACCES|EPERM/i.test(said)) return undefined;
  if (!OF_KERNEL.test(said) || OF_DATABASE.test(said)) return undefined;
  const pod = objectAt(podSpecOf(trouble.pod), "securityContext");
  const own = objectAt(containerSpec(trouble.pod, trouble.container), "securityContext");
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
