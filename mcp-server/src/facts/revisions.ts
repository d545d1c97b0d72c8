import { digestOf } from "@sre-agent/crds";
import type { History } from "./history.ts";
import { type ControllerRevision, ownedBy, type PodTemplate, revisionOf, type Workload } from "./workload.ts";

/** A recorded state of a workload's pod template. */
export interface Revision {
  readonly number: number;
  readonly template: PodTemplate;
  /** What holds it: a ReplicaSet of a Deployment, else a ControllerRevision. */
  readonly heldBy: "replicaSet" | "controllerRevision";
  readonly uid: string;
}

/** The recorded revisions of `target` itself, in no order. */
export function revisionsOf(target: Workload, history: History): readonly Revision[] {
  const own = ownedBy(target.metadata.uid);
  return target.kind === "Deployment"
    ? history.replicaSets.filter(own).flatMap(fromReplicaSet)
    : history.controllerRevisions.filter(own).flatMap(fromControllerRevision);
}

/** The number of the revision that runs; undefined while its controller has not recorded it. */
export function currentRevision(target: Workload, history: History): number | undefined {
  // A Deployment says itself. Of the others the newest one with this template is it: a return to an old one renumbers it.
  if (target.kind === "Deployment") return revisionOf(target);
  const current = target.spec?.template;
  const running = revisionsOf(target, history).filter(
    ({ template }) => current !== undefined && sameTemplate(template, current),
  );
  return running.length === 0 ? undefined : Math.max(...running.map(({ number }) => number));
}

export function sameTemplate(a: PodTemplate, b: PodTemplate): boolean {
  return templateHash(a) === templateHash(b);
}

export function templateHash(template: PodTemplate): string {
  return digestOf(withoutNulls(template));
}

const HASH_LABEL = "pod-template-hash";

/** The template as the Deployment had it: the controller added the hash label to its copy. */
function fromReplicaSet(replicaSet: Workload): readonly Revision[] {
  const number = revisionOf(replicaSet);
  const held = replicaSet.spec?.template;
  if (number === undefined || held === undefined) return [];
  const { [HASH_LABEL]: _hash, ...labels } = held.metadata?.labels ?? {};
  const template = { ...held, metadata: { ...held.metadata, labels } };
  return [{ number, template, heldBy: "replicaSet", uid: replicaSet.metadata.uid }];
}

/** Its data is a patch: the whole template, and the word to put it in the place of the present one. */
function fromControllerRevision({ revision: number, data, metadata }: ControllerRevision): readonly Revision[] {
  const held = data?.spec?.template;
  if (held === undefined) return [];
  const { $patch: _directive, ...template } = held as PodTemplate & { readonly $patch?: string };
  return [{ number, template, heldBy: "controllerRevision", uid: metadata.uid }];
}

/** `creationTimestamp: null` comes and goes with the version of the API server. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) => (item === null ? [] : [[name, withoutNulls(item)]])),
  );
}
