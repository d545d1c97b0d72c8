import type { BehaviourRule, Match, Outcome } from "../incidents/incident.ts";
import { type JsonRecord, listOf, recordOf, recordsOf, textOf } from "../json.ts";
import type { KubeObject } from "../object.ts";
import { builtIn } from "../resources/built-in.ts";
import type { Store } from "../store/store.ts";

const SOURCES = {
  configMap: { resource: builtIn("ConfigMap"), kind: "ConfigMap" },
  secret: { resource: builtIn("Secret"), kind: "Secret" },
} as const;

type SourceName = keyof typeof SOURCES;

/** What becomes of a container now: a missing reference comes first, as on a real node; then the first matching rule. */
export function outcomeOf(
  store: Store,
  rules: readonly BehaviourRule[],
  { pod, container }: { readonly pod: KubeObject; readonly container: JsonRecord },
): Outcome {
  const namespace = pod.metadata.namespace ?? "";
  const rule = rules.find(({ match }) => matches(match, { namespace, container, store }));
  const pulls = rule?.outcome.kind === "pullFails" || rule?.outcome.kind === "static";
  const message = pulls ? undefined : missingReference(store, namespace, container);
  if (message !== undefined) return { kind: "configError", message };
  return rule?.outcome ?? { kind: "runs", log: { first: ["started"] } };
}

interface Subject {
  readonly namespace: string;
  readonly container: JsonRecord;
  readonly store: Store;
}

function matches(match: Match, { namespace, container, store }: Subject): boolean {
  const command = [...listOf(container["command"]), ...listOf(container["args"])].map(textOf).join(" ");
  const env = literalEnv(container);
  return (
    (match.namespace === undefined || match.namespace === namespace) &&
    (match.container === undefined || match.container === container["name"]) &&
    (match.image === undefined || textOf(container["image"]).includes(match.image)) &&
    (match.command === undefined || command.includes(match.command)) &&
    (match.envMissing === undefined || !providedEnv(store, namespace, container).has(match.envMissing)) &&
    Object.entries(match.env ?? {}).every(([name, value]) => env.get(name) === value)
  );
}

function literalEnv(container: JsonRecord): ReadonlyMap<string, string> {
  return new Map(recordsOf(container["env"]).map((entry) => [textOf(entry["name"]), textOf(entry["value"])]));
}

/** Names of the variables that the container gets with a value. */
function providedEnv(store: Store, namespace: string, container: JsonRecord): ReadonlySet<string> {
  const own = recordsOf(container["env"])
    .filter((entry) => textOf(entry["value"]) !== "" || entry["valueFrom"] !== undefined)
    .map((entry) => textOf(entry["name"]));
  const imported = recordsOf(container["envFrom"]).flatMap((source) => {
    const prefix = textOf(source["prefix"]);
    return namesOfSources().flatMap((name) => {
      const object = textOf(recordOf(source[`${name}Ref`])["name"]);
      return Object.keys(dataOf(store, { source: name, namespace, object }) ?? {}).map((key) => prefix + key);
    });
  });
  return new Set([...own, ...imported]);
}

function namesOfSources(): readonly SourceName[] {
  return ["configMap", "secret"];
}

interface Lookup {
  readonly source: SourceName;
  readonly namespace: string;
  readonly object: string;
}

function dataOf(store: Store, { source, namespace, object }: Lookup): JsonRecord | undefined {
  const found = store.get(SOURCES[source].resource.storage, { namespace, name: object });
  return found === undefined ? undefined : recordOf(found["data"]);
}

/** The node's message for the first ConfigMap or Secret, or key of one, that the environment needs and does not find. */
function missingReference(store: Store, namespace: string, container: JsonRecord): string | undefined {
  const references = [
    ...recordsOf(container["envFrom"]).flatMap((entry) => referencesIn(entry, "Ref")),
    ...recordsOf(container["env"]).flatMap((entry) => referencesIn(recordOf(entry["valueFrom"]), "KeyRef")),
  ];
  for (const { source, reference } of references) {
    const message = problemOf(
      store,
      { source, namespace, object: textOf(reference["name"]) },
      textOf(reference["key"]),
    );
    if (message !== undefined && reference["optional"] !== true) return message;
  }
  return undefined;
}

function referencesIn(entry: JsonRecord, suffix: "Ref" | "KeyRef") {
  return namesOfSources()
    .filter((source) => entry[`${source}${suffix}`] !== undefined)
    .map((source) => ({ source, reference: recordOf(entry[`${source}${suffix}`]) }));
}

function problemOf(store: Store, lookup: Lookup, key: string): string | undefined {
  const { source, namespace, object } = lookup;
  const data = dataOf(store, lookup);
  if (data === undefined) return `${source.toLowerCase()} "${object}" not found`;
  if (key === "" || key in data) return undefined;
  return `couldn't find key ${key} in ${SOURCES[source].kind} ${namespace}/${object}`;
}
