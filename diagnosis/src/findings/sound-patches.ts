import type { Finding, Fix } from "@sre-agent/crds";
import type { SnapshotObject } from "../snapshot/snapshot.ts";
import { clip } from "./draft.ts";
import { decision } from "./fix.ts";
import { fixedField } from "./fixed-fields.ts";
import { createTrial, type Examined, type Find, type Trial } from "./patch-trial.ts";
import { patchedObject } from "./patched-object.ts";
import { lostProtection } from "./protections.ts";

type Patch = Extract<Fix, { kind: "patch" }>;

const UNTRIED = " (not tried on the other objects, which are too many)";

/**
 * The last gate, which trusts no analyzer: a patch that cannot be applied, that takes protection away or with which
 * something else is wrong becomes what a person has to decide, with the reason. The gravest findings come first, so that
 * theirs are the patches that are tried.
 */
export function withSoundPatches(findings: readonly Finding[], whole: Examined, find: Find): readonly Finding[] {
  const trial = createTrial(whole, find);
  return findings.map((finding) =>
    finding.fix?.kind === "patch" ? { ...finding, fix: soundFix(finding, finding.fix, { whole, trial }) } : finding,
  );
}

interface Gate {
  readonly whole: Examined;
  readonly trial: Trial;
}

function soundFix(finding: Finding, fix: Patch, { whole, trial }: Gate): Fix {
  const target = whole.index.byName(fix.target.kind, fix.target.namespace, fix.target.name);
  if (target === undefined) return decided(fix, "the object was not read");
  const patched = patchedObject(target, fix.patch);
  if (typeof patched === "string") return decided(fix, patched);
  const objection = objectionTo(fix, target, patched);
  if (objection !== undefined) return decided(fix, objection);
  const verdict = trial({ finding, target, patched });
  if (verdict === "untried") return { ...fix, summary: `${clip(fix.summary, 900)}${UNTRIED}` };
  return verdict.objection === undefined ? fix : decided(fix, verdict.objection);
}

function objectionTo({ patch }: Patch, target: SnapshotObject, patched: SnapshotObject): string | undefined {
  const fixed = fixedField(target, patch);
  if (fixed !== undefined) return `${fixed} of a ${target.kind} never changes: it has to be made anew`;
  const lost = lostProtection(target, patched);
  if (lost !== undefined) return `it would drop ${lost}`;
  const stops = patch.some(({ path, to }) => path === "/spec/replicas" && to === "0");
  return stops ? "it would scale to zero" : undefined;
}

function decided({ summary }: Patch, reason: string): Fix {
  return decision(`${clip(summary, 500)}; for a person to decide, since ${reason}`);
}
