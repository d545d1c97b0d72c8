import { objectAt, objectsAt, type SnapshotObject, textAt } from "@sre-agent/diagnosis";
import { isSecretName } from "@sre-agent/redaction";

/** Shorter values are in every other word of a log. */
const MIN_LENGTH = 5;
const URL_PASSWORD = /\/\/[^/@\s:]*:([^/\s]+)@/;

/**
 * A pod's log without the credentials of its own environment, which no pattern finds where a program repeats them
 * alone: literal values under a secret's name, and passwords of URLs.
 */
export function withoutOwnSecrets(text: string, pod: SnapshotObject): string {
  let result = text;
  for (const [secret, name] of ownSecrets(pod)) result = result.replaceAll(secret, () => `<env ${name}>`);
  return result;
}

function ownSecrets(pod: SnapshotObject): readonly (readonly [string, string])[] {
  const spec = objectAt(pod, "spec");
  return ["initContainers", "containers", "ephemeralContainers"]
    .flatMap((list) => objectsAt(spec, list))
    .flatMap((container) => objectsAt(container, "env"))
    .flatMap((entry) => secretsOf(textAt(entry, "name") ?? "", textAt(entry, "value") ?? ""))
    .toSorted(([left], [right]) => right.length - left.length);
}

function secretsOf(name: string, value: string): readonly (readonly [string, string])[] {
  const whole = isSecretName(name) ? [value, ...value.split("\n")] : [];
  const secrets = [...whole, URL_PASSWORD.exec(value)?.[1] ?? ""];
  return secrets.filter((secret) => secret.length >= MIN_LENGTH).map((secret) => [secret, name]);
}
