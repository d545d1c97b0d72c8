import type { FindingEvidence, Fix } from "@sre-agent/crds";
import { clip, type Draft, draft, fromControlPlane, subjectOf } from "../../findings/draft.ts";
import { badRevision, precedingChange } from "../../findings/preceding-change.ts";
import { remedy } from "../../findings/rollback-fix.ts";
import { outageSeverity } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { absentParameters } from "./absent-parameters.ts";
import { defaultLimit } from "./default-limit.ts";
import { limitRangeRefusal } from "./limit-range.ts";
import { missingClass } from "./missing-class.ts";
import { missingServiceAccount } from "./missing-service-account.ts";
import { podSecurity } from "./pod-security.ts";
import { quotaRefusal } from "./quota.ts";
import { type Refusal, refusalsIn } from "./refusals.ts";

/** What a refusal comes from, as one rule of admission reads it. */
export interface Explained {
  readonly analyzer: string;
  /** What is wrong: an exhausted quota, or the workload that breaks a rule. */
  readonly subject: SnapshotObject;
  readonly causeKey: readonly (string | number)[];
  readonly cause: string;
  readonly evidence: readonly FindingEvidence[];
  readonly decide: string;
  readonly fix?: Fix | undefined;
  /** Pods of every revision would be refused in the same way: going back repairs nothing. */
  readonly anyRevision?: boolean;
}

/** One reader of refusals: undefined when the words are not its own. */
type ReadRefusal = (index: SnapshotIndex, refusal: Refusal) => Explained | undefined;

const READERS: readonly ReadRefusal[] = [
  quotaRefusal,
  limitRangeRefusal,
  defaultLimit,
  missingServiceAccount,
  missingClass,
  podSecurity,
  absentParameters,
  anyOther,
];

/** Pods that the API server does not let be created, and what each refusal comes from. */
export function creationRefused(index: SnapshotIndex): readonly Draft[] {
  const groups = Map.groupBy(refusalsIn(index), ({ workload }) => workload);
  return [...groups.values()].flatMap(([refusal]) => (refusal ? refusedFinding(index, refusal) : []));
}

function refusedFinding(index: SnapshotIndex, refusal: Refusal): readonly Draft[] {
  // A webhook that does not answer is a fault of its own: the analyzer of webhooks names it.
  const explained = READERS.map((read) => read(index, refusal)).find((one) => one !== undefined);
  if (explained === undefined) return [];
  const { workload, controller, message, source, path } = refusal;
  const made = workload.kind === "CronJob" ? "Jobs" : "pods";
  const symptom = `its ${made} cannot be created: ${clip(message, 200)}`;
  const own = explained.subject === workload && explained.anyRevision !== true;
  const bad = own ? badRevision(index, workload, [controller]) : undefined;
  const remedied = remedy(index, workload, { bad, otherwise: explained.decide, patch: explained.fix });
  return [
    draft({
      analyzer: explained.analyzer,
      layer: "creation",
      severity: outageSeverity(index, workload),
      subject: explained.subject,
      causeKey: explained.causeKey,
      cause: explained.cause,
      symptom,
      evidence: [fromControlPlane(source, path, message), ...explained.evidence, ...remedied.evidence],
      explains: [workload, controller]
        .filter((one, position, all) => one !== explained.subject && all.indexOf(one) === position)
        .map((one) => ({ subject: subjectOf(one), symptom: `its ${made} cannot be created` })),
      accountsFor: explained.subject === workload ? [] : [workload],
      change: bad && precedingChange(workload, bad.change),
      fix: remedied.fix,
    }),
  ];
}

function anyOther(_index: SnapshotIndex, { workload, message }: Refusal): Explained | undefined {
  if (/failed calling webhook|admission webhook/.test(message)) return undefined;
  return {
    analyzer: "creation-refused",
    subject: workload,
    causeKey: [],
    cause: `the API server refuses the pods of ${workload.kind} ${workload.metadata.name}: ${clip(message, 500)}`,
    evidence: [],
    decide: "correct what the API server refuses in the pod template, or the rule that refuses it",
  };
}
