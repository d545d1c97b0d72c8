import type { FieldPatch, Fix } from "@sre-agent/crds";
import type { SnapshotObject } from "../snapshot/snapshot.ts";
import { clip, subjectOf } from "./draft.ts";

const MAX_VALUE = 1024;

/** What a person has to decide. */
export function decision(summary: string): Fix {
  return { kind: "decision", summary: clip(summary, 1000) };
}

export interface FieldEdit {
  /** JSON pointer into the object. */
  readonly path: string;
  /** The value there now; absent when the field is. */
  readonly from?: unknown;
  /** The value it should have; absent when the field has to go. */
  readonly to?: unknown;
}

/** The minimal patch of one object; a decision with the same words when a value is too large to be shown whole. */
export function patchFix(target: SnapshotObject, edits: readonly FieldEdit[], summary: string): Fix {
  const patch = edits.map(fieldPatch);
  const whole = patch.every(({ from = "", to = "" }) => from.length <= MAX_VALUE && to.length <= MAX_VALUE);
  if (!whole || patch.length === 0) return decision(summary);
  return { kind: "patch", target: subjectOf(target), patch, summary: clip(summary, 1000) };
}

function fieldPatch({ path, from, to }: FieldEdit): FieldPatch {
  return {
    path,
    ...(from === undefined ? {} : { from: JSON.stringify(from) }),
    ...(to === undefined ? {} : { to: JSON.stringify(to) }),
  };
}

/** One step of a JSON pointer. */
export function pointerStep(name: string): string {
  return name.replace(/~/g, "~0").replace(/\//g, "~1");
}
