import type { Finding } from "@sre-agent/crds";
import { printableEnv } from "../changes/printable.ts";
import type { SnapshotIndex } from "../snapshot/index-snapshot.ts";
import { objectAt, objectsAt, textAt } from "../snapshot/json.ts";

const MIN_LENGTH = 4;
const TEMPLATED = ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job"];

type Hidden = ReadonlyMap<string, string>;

/**
 * Replaces literal env values that must not be printed, wherever a log line, a kubelet message or an event repeats one:
 * the value itself, and the password of a URL. Names of objects stay, whatever an env holds.
 */
export function hideEnvValues(index: SnapshotIndex, findings: readonly Finding[]): readonly Finding[] {
  if (findings.length === 0) return findings;
  const names = new Set([...index.snapshot.objects.map(({ metadata }) => metadata.name), ...index.snapshot.namespaces]);
  const byNamespace = new Map<string, Hidden>();
  return findings.map((finding) => {
    const hidden = byNamespace.get(finding.namespace) ?? hiddenIn(index, finding.namespace, names);
    byNamespace.set(finding.namespace, hidden);
    return hidden.size === 0 ? finding : withoutValues(finding, hidden);
  });
}

function hiddenIn(index: SnapshotIndex, namespace: string, names: ReadonlySet<string>): Hidden {
  const templates = TEMPLATED.flatMap((kind) => index.inNamespace(kind, namespace)).map((owner) =>
    objectAt(owner, "spec", "template", "spec"),
  );
  const pods = index.inNamespace("Pod", namespace).map((pod) => objectAt(pod, "spec"));
  const values = [...templates, ...pods].flatMap(literalsOf);
  const kept = values.filter(([value]) => !names.has(value));
  // A value that contains another one has to go first, or its rest would stay.
  return new Map(kept.sort(([a], [b]) => b.length - a.length || (a < b ? -1 : 1)));
}

function literalsOf(spec: unknown): readonly (readonly [string, string])[] {
  const containers = [...objectsAt(spec, "initContainers"), ...objectsAt(spec, "containers")];
  return containers
    .flatMap((container) => objectsAt(container, "env"))
    .flatMap((entry) => secretsOf(textAt(entry, "name") ?? "", textAt(entry, "value") ?? ""));
}

function secretsOf(name: string, value: string): readonly (readonly [string, string])[] {
  if (printableEnv(name, value) !== undefined) return [];
  const password = /\/\/[^/@\s:]*:([^/\s]+)@/.exec(value)?.[1] ?? "";
  return [value, password, ...value.split("\n")]
    .filter((text) => text.length >= MIN_LENGTH)
    .map((text) => [text, `<env ${name}>`] as const);
}

function withoutValues(finding: Finding, hidden: Hidden): Finding {
  const clean = (text: string, max: number) => cleaned(text, hidden).slice(0, max);
  return {
    ...finding,
    cause: clean(finding.cause, 1000),
    evidence: finding.evidence.map((row) => ({ ...row, value: clean(row.value, 1024) })),
    explains: finding.explains.map((row) => ({ ...row, symptom: clean(row.symptom, 300) })),
    ...(finding.fix
      ? { fix: { ...finding.fix, summary: clean(finding.fix.summary, finding.fix.kind === "action" ? 500 : 1000) } }
      : {}),
    ...(finding.change ? { change: { ...finding.change, what: clean(finding.change.what, 1000) } } : {}),
  };
}

function cleaned(text: string, hidden: Hidden): string {
  let result = text;
  for (const [value, replacement] of hidden) {
    if (result.includes(value)) result = result.split(value).join(replacement);
    if (result.includes(CUT)) result = withoutCutValue(result, value, replacement);
  }
  return result;
}

const CUT = "\u2026";

/** A quote that was cut in the middle of a value holds its beginning. */
function withoutCutValue(text: string, value: string, replacement: string): string {
  for (let length = value.length - 1; length >= MIN_LENGTH; length -= 1) {
    const rest = `${value.slice(0, length)}${CUT}`;
    if (text.includes(rest)) return text.split(rest).join(`${replacement}${CUT}`);
  }
  return text;
}
