import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { type JsonRecord, recordOf, valueAt } from "../json.ts";
import type { KubeObject, Manifest } from "../object.ts";
import { controllerReference } from "./context.ts";

const REVISION = "deployment.kubernetes.io/revision";
const HISTORY = "deployment.kubernetes.io/revision-history";
const HASH = "pod-template-hash";

/** Annotations that stay with the Deployment alone. */
const OWN = new Set([
  "kubectl.kubernetes.io/last-applied-configuration",
  REVISION,
  HISTORY,
  "deployment.kubernetes.io/desired-replicas",
  "deployment.kubernetes.io/max-replicas",
]);

export function revisionOf({ metadata }: KubeObject): number {
  return Number(metadata.annotations?.[REVISION] ?? 0);
}

/** The object with the revision; a ReplicaSet that had another one remembers it. */
export function withRevision(object: KubeObject, revision: number): KubeObject {
  const annotations = object.metadata.annotations ?? {};
  const before = annotations[REVISION];
  if (before === String(revision)) return object;
  const history = object.kind === "ReplicaSet" && before !== undefined ? historyWith(annotations[HISTORY], before) : {};
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, ...history, [REVISION]: String(revision) } },
  };
}

function historyWith(history: string | undefined, revision: string): Readonly<Record<string, string>> {
  return { [HISTORY]: history === undefined ? revision : `${history},${revision}` };
}

/** The ReplicaSet that has the Deployment's template. */
export function findNew(deployment: KubeObject, owned: readonly KubeObject[]): KubeObject | undefined {
  const wanted = deployment.spec?.["template"];
  return owned.find((replicaSet) => isDeepStrictEqual(withoutHash(replicaSet.spec?.["template"]), withoutHash(wanted)));
}

function withoutHash(value: unknown): unknown {
  const template = recordOf(value);
  const metadata = recordOf(template["metadata"]);
  const { [HASH]: _, ...labels } = recordOf(metadata["labels"]);
  return { ...template, metadata: { ...metadata, labels } };
}

export function newReplicaSet(deployment: KubeObject, revision: number): Manifest {
  const template = recordOf(deployment.spec?.["template"]);
  const hash = hashOf(template);
  const metadata = recordOf(template["metadata"]);
  const labels = { ...recordOf(metadata["labels"]), [HASH]: hash } as Record<string, string>;
  const inherited = Object.entries(deployment.metadata.annotations ?? {}).filter(([key]) => !OWN.has(key));
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${deployment.metadata.name}-${hash}`,
      namespace: deployment.metadata.namespace ?? "",
      labels,
      annotations: { ...Object.fromEntries(inherited), [REVISION]: String(revision) },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas: 0,
      selector: withHash(recordOf(deployment.spec?.["selector"]), hash),
      template: { ...template, metadata: { ...metadata, labels } },
    },
  };
}

function withHash(selector: JsonRecord, hash: string): JsonRecord {
  return { ...selector, matchLabels: { ...recordOf(valueAt(selector, ["matchLabels"])), [HASH]: hash } };
}

const ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

/** Ten characters as the real hashes have them; only their being the same for the same template matters. */
function hashOf(template: JsonRecord): string {
  const digest = createHash("sha256").update(JSON.stringify(template)).digest();
  return Array.from(digest.subarray(0, 10), (byte) => ALPHABET[byte % ALPHABET.length]).join("");
}
