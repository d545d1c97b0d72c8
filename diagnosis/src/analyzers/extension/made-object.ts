import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { isRecord, objectsAt, textAt } from "../../snapshot/json.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { workloadsIn } from "../network/backing.ts";

/** What a controller writes to: it need not be there yet. */
export const WRITTEN = /^(?:write|private|target|output|result|generated|published)|ToRef$|^target$/i;

/** A Secret that a custom resource says its controller makes, and who waits for it. */
export interface Awaited {
  readonly name: string;
  /** Where the custom resource names it. */
  readonly path: string;
  readonly waiting: readonly SnapshotObject[];
}

/** The absent Secret that follows from a custom resource and that others already need; undefined when there is none. */
export function awaitedFrom(index: SnapshotIndex, object: SnapshotObject): Awaited | undefined {
  if (!index.knows("Secret")) return undefined;
  const { namespace = "" } = object.metadata;
  return namesIn(object)
    .filter(({ name }) => index.byName("Secret", namespace, name) === undefined)
    .map(({ name, path }) => ({ name, path, waiting: waitingFor(index, namespace, name) }))
    .find(({ waiting }) => waiting.length > 0);
}

type Named = Pick<Awaited, "name" | "path">;

/** By convention: `writeConnectionSecretToRef.name`, `target.name`, `secretName`, and the name of a kind like SealedSecret. */
function namesIn(object: SnapshotObject): readonly Named[] {
  const fields = isRecord(object["spec"]) ? Object.entries(object["spec"]) : [];
  const written = fields.flatMap(([field, value]) => {
    if (field === "secretName" && typeof value === "string") return [{ name: value, path: "spec.secretName" }];
    const name = WRITTEN.test(field) && isSecret(value) ? textAt(value, "name") : undefined;
    return name === undefined ? [] : [{ name, path: `spec.${field}.name` }];
  });
  const own = { name: object.metadata.name, path: "metadata.name" };
  return written.length === 0 && object.kind.endsWith("Secret") ? [own] : written;
}

function isSecret(value: unknown): boolean {
  return ["Secret", undefined].includes(textAt(value, "kind"));
}

function waitingFor(index: SnapshotIndex, namespace: string, name: string): readonly SnapshotObject[] {
  const readers = workloadsIn(index, namespace).filter((workload) =>
    referencesOf(podSpecOf(workload)).some((one) => one.kind === "Secret" && one.name === name && !one.optional),
  );
  const served = index
    .inNamespace("Ingress", namespace)
    .filter((ingress) => objectsAt(ingress, "spec", "tls").some(({ secretName }) => secretName === name));
  return [...readers, ...served];
}
