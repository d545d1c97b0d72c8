import { type Action, type Denial, deny, type Write, writeOf } from "@sre-agent/crds";
import type { JsonPatch } from "@sre-agent/kube";
import type { History } from "../facts/history.ts";
import type { Workload } from "../facts/workload.ts";

/** The objects a plan is made from, as they are now. */
export interface Live extends History {
  readonly target: Workload;
}

/** One change, worked out against the live objects. Only hashes and names of it go into the ledger. */
export interface Plan {
  /** What it rests on; a change of any of it makes the proposal stale. */
  readonly premise: Readonly<Record<string, string>>;
  /** What stood before, by reference. */
  readonly preImage: Readonly<Record<string, string>>;
  /** What undoes it; absent when there is nothing to undo. */
  readonly inverse?: Action;
  /** Field paths with what changes; values that may hold secrets are left out. */
  readonly diff: readonly string[];
  readonly write: Write;
  readonly effect: Effect;
}

export type Effect =
  | {
      readonly kind: "patch";
      /** `test` on uid and on everything the premise names comes first, so that a changed object refuses the whole. */
      readonly patch: JsonPatch;
      /** JSON pointers below which the object may differ afterwards. */
      readonly declares: readonly string[];
    }
  | { readonly kind: "evict"; readonly uid: string };

export interface Planner<Type extends Action = Action> {
  /** `marker` is the value of our annotation: by it `landed` knows this very write again. */
  plan(action: Type, live: Live, marker: string): Plan | Denial;
  /** Whether the write with that marker is in the live object; undefined: the object is gone. */
  landed(action: Type, live: Workload | undefined, marker: string): "yes" | "no" | "unknown";
}

/** Of an action that has an inverse. */
export interface Undoable<Type extends Action> extends Planner<Type> {
  /** Whether the live object still is as the write left it, by the premise of its plan. */
  stands(action: Type, live: Live, premise: Plan["premise"]): boolean;
}

/** The write of an action as approvals name it. */
export function writeFor({ type, target }: Action): Write | Denial {
  const write = writeOf(type, target.kind);
  return write
    ? { ...write, name: target.name }
    : deny("SCHEMA_INVALID", `${type} does not exist for a ${target.kind}.`);
}
