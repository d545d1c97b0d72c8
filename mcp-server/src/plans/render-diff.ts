import { diffFields, type FieldChange } from "./diff-fields.ts";

/** Fields whose values are names, numbers and images: what a person has to see to judge, and never a secret. */
const SHOWN =
  /\/(image|imagePullPolicy|replicas|containerPort|port|hostPort|name|protocol|restartPolicy|serviceAccountName|readOnly|mountPath|path|scheme|[a-zA-Z]+Seconds|[a-z]+Threshold|cpu|memory|ephemeral-storage|priorityClassName|schedulerName|runAsNonRoot|runAsUser|privileged|restartedAt)$/;
/** Below these everything may be somebody's text or key. */
const HIDDEN = /\/(env|envFrom|args|command|annotations|stringData|httpHeaders)(\/|$)/;
const RESTARTED_AT = "/metadata/annotations/kubectl.kubernetes.io~1restartedAt";
const MAX_LINES = 60;
const MAX_LINE = 240;

/** One line a changed field, such as `spec.template.spec.containers.0.image: web:2 → web:1`; bounded, and says so. */
export function renderDiff(before: unknown, after: unknown, prefix: string): readonly string[] {
  const changes = diffFields(before, after).flatMap(leaves);
  const lines = changes.slice(0, MAX_LINES).map((change) => line(change, prefix));
  return changes.length > MAX_LINES ? [...lines, `… and ${changes.length - MAX_LINES} more fields`] : lines;
}

/** A field that appears or goes as a whole is shown by its leaves, so that each is shown or hidden by its own path. */
function leaves(change: FieldChange): readonly FieldChange[] {
  const whole = change.before ?? change.after;
  if (typeof whole !== "object" || whole === null) return [change];
  return diffFields(containerOr(change.before, whole), containerOr(change.after, whole), change.pointer);
}

function containerOr(side: unknown, model: object): unknown {
  return side ?? (Array.isArray(model) ? [] : {});
}

function line({ pointer, before, after }: FieldChange, prefix: string): string {
  const path = `${prefix}${pointer}`.split("/").map(unescaped).join(".");
  return `${path}: ${shown(pointer, before)} → ${shown(pointer, after)}`.slice(0, MAX_LINE);
}

function shown(pointer: string, value: unknown): string {
  if (value === undefined) return "(none)";
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value !== "string") return "(changed)";
  const visible =
    pointer.endsWith(RESTARTED_AT) || (SHOWN.test(pointer) && !HIDDEN.test(pointer)) || isEnvName(pointer);
  return visible ? JSON.stringify(value) : "(hidden)";
}

/** The name of a variable says what changed; its value stays hidden. */
const isEnvName = (pointer: string) => /\/env\/\d+\/name$/.test(pointer);

const unescaped = (name: string) => name.replaceAll("~1", "/").replaceAll("~0", "~");
