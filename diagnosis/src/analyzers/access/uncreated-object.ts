import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { podSpecOf } from "../../snapshot/pod-template.ts";
import { referencesOf } from "../../snapshot/references.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { hasWord } from "../../snapshot/whole-word.ts";
import { workloadsIn } from "../network/backing.ts";
import type { Refusal } from "./refusals.ts";

/** An object that a refused creation would have made, by all that was read, and who waits for it. */
export interface Uncreated {
  readonly kind: string;
  readonly name: string;
  readonly waiting: readonly SnapshotObject[];
}

const KINDS: Readonly<Record<string, string>> = { secrets: "Secret", configmaps: "ConfigMap" };

/** The one absent object of that kind that a workload needs, and that the refused one names or is named after. */
export function uncreatedBy(index: SnapshotIndex, refusal: Refusal): Uncreated | undefined {
  const { verb, resource, namespace = "", object } = refusal;
  const kind = KINDS[resource];
  if (verb !== "create" || kind === undefined || !index.knows(kind)) return undefined;
  const maker = index.rootOf(object);
  const absent = workloadsIn(index, namespace).flatMap((workload) =>
    referencesOf(podSpecOf(workload))
      .filter((one) => one.kind === kind && !one.optional && index.byName(kind, namespace, one.name) === undefined)
      .map(({ name }) => ({ name, workload })),
  );
  const made = absent.filter(({ name }) => isMadeBy(maker, name));
  const [name, ...others] = new Set(made.map((one) => one.name));
  if (name === undefined || others.length > 0) return undefined;
  return { kind, name, waiting: [...new Set(made.map(({ workload }) => workload))] };
}

/** Its commands name the object, or both names begin alike. */
function isMadeBy(maker: SnapshotObject, name: string): boolean {
  const [first = ""] = name.split("-");
  return hasWord(JSON.stringify(podSpecOf(maker)), name, /[\w-]/) || maker.metadata.name.split("-")[0] === first;
}
