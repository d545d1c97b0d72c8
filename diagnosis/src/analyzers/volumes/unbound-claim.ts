import type { FindingEvidence, Fix } from "@sre-agent/crds";
import { type Draft, draft, fromControlPlane } from "../../findings/draft.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import { textAt } from "../../snapshot/json.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { lost, preBound } from "./bound-volume.ts";
import { missingClass } from "./missing-class.ts";
import { mountersOf } from "./mounters.ts";
import { noVolume } from "./no-volume.ts";

/** Why a claim has no volume. */
export interface ClaimReason {
  readonly key: string;
  /** After `PersistentVolumeClaim x has no volume: `. */
  readonly words: string;
  readonly evidence: readonly FindingEvidence[];
  readonly fix: Fix;
}

/** Claims without a volume that something waits for, or that can never get one. */
export function unboundClaim(index: SnapshotIndex): readonly Draft[] {
  return index
    .ofKind("PersistentVolumeClaim")
    .filter((claim) => isStuck(claim))
    .flatMap((claim) => claimFinding(index, claim));
}

function isStuck(claim: SnapshotObject): boolean {
  const phase = textAt(claim, "status", "phase");
  return claim.metadata.deletionTimestamp === undefined && (phase === "Lost" || phase === "Pending");
}

function claimFinding(index: SnapshotIndex, claim: SnapshotObject): readonly Draft[] {
  const why = lost(claim) ?? preBound(index, claim) ?? missingClass(index, claim) ?? noVolume(index, claim);
  const mounters = mountersOf(index, claim);
  if (why === undefined) return [];
  return [
    draft({
      analyzer: "unbound-claim",
      layer: "cause",
      severity: mounters.length > 0 ? "error" : "warning",
      subject: claim,
      causeKey: [why.key],
      cause: `PersistentVolumeClaim ${claim.metadata.name} has no volume: ${why.words}`,
      symptom: "claim is not bound",
      evidence: [fromControlPlane(claim, "status.phase", textAt(claim, "status", "phase") ?? ""), ...why.evidence],
      accountsFor: mounters,
      fix: why.fix,
    }),
  ];
}
