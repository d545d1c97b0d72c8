import type { FindingEvidence, Fix, Severity } from "@sre-agent/crds";
import { type Draft, draft, fromControlPlane, fromTenant, type Layer, subjectOf } from "../../findings/draft.ts";
import { badRevision, changeSentence, precedingChange } from "../../findings/preceding-change.ts";
import { remedy } from "../../findings/rollback-fix.ts";
import { health } from "../../health.ts";
import type { SnapshotIndex } from "../../snapshot/index-snapshot.ts";
import type { SnapshotObject } from "../../snapshot/snapshot.ts";
import { statusOf } from "./container-field.ts";
import type { Trouble } from "./container-trouble.ts";

export interface ContainerFinding {
  readonly analyzer: string;
  /** `cause` unless it says more: a setting explains what the container's end alone does not. */
  readonly layer?: Layer;
  /** By what still serves, unless the container serves in spite of it. */
  readonly severity?: Severity | undefined;
  readonly causeKey: readonly (string | number)[];
  /** Names a cause outside the workload, which several workloads of the namespace may suffer from. */
  readonly shared?: string | undefined;
  /** What is wrong, without the change that brought it. */
  readonly cause: string;
  readonly symptom: string;
  /** A finding about one of these is the cause. */
  readonly restsOn?: readonly SnapshotObject[];
  readonly evidence: readonly FindingEvidence[];
  /** What a person has to decide when no rollback is right. */
  readonly decide: string;
  /** A patch that is right where no rollback is. */
  readonly fix?: Fix | undefined;
}

/** A finding about a container: the change that brought it, severity by what still serves, and the remedy. */
export function containerFinding(index: SnapshotIndex, trouble: Trouble, found: ContainerFinding): Draft {
  const { workload, pods } = trouble;
  const bad = badRevision(index, workload, pods);
  const sentence = bad && changeSentence(bad.change);
  const { fix, evidence } = remedy(index, workload, {
    bad,
    otherwise: decisionFor(workload, found.decide),
    patch: found.fix,
  });
  const changed = bad?.change.changes.slice(0, 5) ?? [];
  return draft({
    analyzer: found.analyzer,
    layer: found.layer ?? "cause",
    severity: found.severity ?? severityOf(index, trouble),
    subject: workload,
    causeKey: [trouble.container, ...found.causeKey],
    cause: sentence ? `${found.cause}; ${sentence}` : found.cause,
    symptom: found.symptom,
    shared: found.shared,
    restsOn: found.restsOn ?? [],
    evidence: [
      ...found.evidence,
      ...changed.map(({ path, before, after }) =>
        fromTenant(workload, path, `${before ?? "(absent)"} -> ${after ?? "(absent)"}`),
      ),
      ...evidence,
    ],
    explains: pods
      .filter((pod) => pod !== workload)
      .map((pod) => ({ subject: subjectOf(pod), symptom: found.symptom })),
    change: bad && precedingChange(workload, bad.change),
    fix,
  });
}

/** What stands in the template of a Job can only be written into a new one. */
function decisionFor({ kind, metadata }: SnapshotObject, decide: string): string {
  return kind === "Job" ? `${decide}; a change of its template needs Job ${metadata.name} made anew` : decide;
}

/** Critical when nothing serves any more. */
function severityOf(index: SnapshotIndex, { workload }: Trouble): Severity {
  const { ready, desired } = health(index, workload);
  return ready === 0 && desired > 0 ? "critical" : "error";
}

/** The exit of the container as its kubelet reports it. */
export function exitEvidence(trouble: Trouble): readonly FindingEvidence[] {
  const { pod, state } = trouble;
  const { termination, terminationPath, waiting, restarts } = state;
  return [
    ...(termination
      ? [
          fromControlPlane(pod, `${terminationPath}.exitCode`, String(termination.exitCode)),
          fromControlPlane(pod, `${terminationPath}.reason`, termination.reason),
        ]
      : []),
    ...(waiting ? [fromControlPlane(pod, `${statusOf(trouble)}.state.waiting.reason`, waiting.reason)] : []),
    fromControlPlane(pod, `${statusOf(trouble)}.restartCount`, String(restarts)),
  ];
}
