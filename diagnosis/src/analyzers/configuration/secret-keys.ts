import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { objectAt } from "../../snapshot/json.ts";
import { type Reference, referencesOf } from "../../snapshot/references.ts";

const MAX_KEYS = 3;
const ADDRESS = /(?:^|[^A-Za-z])(?:host(?:name)?|addr(?:ess)?|ur[il]|endpoint|server|brokers?|dsn)s?(?:$|[^A-Za-z])/i;

/** The keys of Secrets that a pod spec takes an address from, by what they or their variables are called; never a value. */
export function addressKeys(index: SnapshotIndex, namespace: string, podSpec: unknown): readonly string[] {
  const secrets = referencesOf(podSpec).filter(({ kind }) => kind === "Secret");
  const keys = secrets.flatMap((reference) =>
    keysOf(index, namespace, reference)
      .filter((key) => ADDRESS.test(key) || ADDRESS.test(variableOf(reference)))
      .map((key) => `key ${key} of Secret ${reference.name}`),
  );
  return [...new Set(keys)].slice(0, MAX_KEYS);
}

function keysOf(index: SnapshotIndex, namespace: string, { name, key }: Reference): readonly string[] {
  return key === undefined ? Object.keys(objectAt(index.byName("Secret", namespace, name), "data")) : [key];
}

function variableOf({ path }: Reference): string {
  return /\.env\[([^\]]*)\]/.exec(path)?.[1] ?? "";
}
