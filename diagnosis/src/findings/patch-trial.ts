import type { Finding } from "@sre-agent/crds";
import { indexSnapshot, type SnapshotIndex } from "../snapshot/index-snapshot.ts";
import type { SnapshotObject } from "../snapshot/snapshot.ts";
import type { Draft } from "./draft.ts";
import { hideEnvValues } from "./hide-env-values.ts";
import { restsOnSpecs } from "./observed.ts";

/** Every trial is one more diagnosis: the most objects that all trials of one diagnosis may go through together. */
const MAX_OBJECTS = 30_000;

/** The name servers, and what else every namespace uses. */
const SHARED = "kube-system";

export interface Examined {
  readonly index: SnapshotIndex;
  readonly drafts: readonly Draft[];
}

export type Find = (index: SnapshotIndex) => readonly Draft[];

interface Change {
  readonly finding: Finding;
  readonly target: SnapshotObject;
  readonly patched: SnapshotObject;
}

/** In words what speaks against a change, undefined when nothing does; "untried" when the trials before it used up what they may. */
export type Trial = (change: Change) => { readonly objection: string | undefined } | "untried";

/**
 * Diagnoses again with the patched object in place of the target, in the namespaces that the finding names. By what people
 * declared nothing may be newly wrong, and a finding that rests on that alone has to be gone. What was observed (status,
 * events, logs, what a controller made of a template) is as old as before: nothing is concluded from it.
 */
export function createTrial(whole: Examined, find: Find): Trial {
  const examined = new Map<string, Examined>();
  let left = MAX_OBJECTS;
  const examine = (index: SnapshotIndex) => {
    left -= index.snapshot.objects.length;
    return left < 0 ? undefined : { index, drafts: find(index) };
  };
  const examinePart = (places: readonly string[]) => {
    const part = partOf(whole.index, new Set(places));
    return part === whole.index ? whole : examine(part);
  };
  return ({ finding, target, patched }) => {
    const places = placesNamed(whole.index, finding);
    const before = examined.get(places.join()) ?? examinePart(places);
    if (before === undefined) return "untried";
    examined.set(places.join(), before);
    const { snapshot } = before.index;
    const objects = snapshot.objects.map((object) => (object === target ? patched : object));
    const after = examine(indexSnapshot({ ...snapshot, objects }));
    return after === undefined ? "untried" : { objection: objectionTo(finding, before, after) };
  };
}

/** The namespaces that stand in any words of a finding: one too many costs time alone. */
function placesNamed({ snapshot }: SnapshotIndex, finding: Finding): readonly string[] {
  const words = new Set(JSON.stringify(finding).split(/[^a-z0-9-]+/));
  return [SHARED, ...snapshot.namespaces.filter((namespace) => words.has(namespace))];
}

/** The objects of these namespaces and of none. */
function partOf(whole: SnapshotIndex, places: ReadonlySet<string>): SnapshotIndex {
  const { snapshot } = whole;
  const within = (namespace: string | undefined) => namespace === undefined || places.has(namespace);
  const objects = snapshot.objects.filter(({ metadata }) => within(metadata.namespace));
  if (objects.length === snapshot.objects.length) return whole;
  const logs = snapshot.logs.filter(({ namespace }) => within(namespace));
  return indexSnapshot({ ...snapshot, namespaces: snapshot.namespaces.filter(within), objects, logs });
}

function objectionTo({ id }: Finding, before: Examined, after: Examined): string | undefined {
  const known = new Set(before.drafts.map(({ finding }) => finding.id));
  const declared = after.drafts.map(({ finding }) => finding).filter((finding) => restsOnSpecs(after.index, finding));
  const fresh = declared.find((finding) => finding.severity !== "info" && !known.has(finding.id));
  // It may be of another namespace than the finding, whose values alone are hidden later.
  const [clean] = hideEnvValues(after.index, fresh === undefined ? [] : [fresh]);
  if (clean !== undefined) return `with it alone this is wrong: ${clean.cause}`;
  return declared.some((finding) => finding.id === id) ? "it does not remove the cause" : undefined;
}
