import { type DecideRequest, type Finding, type RemediationRef, type Report, reaches } from "@sre-agent/crds";
import { allResults, type RunState } from "../loop/run-state.ts";
import { type CitableFinding, diagnosed, lastProposed, type Proposed, wasDiagnosed } from "./collected.ts";
import { confidenceOf } from "./confidence.ts";
import type { Draft } from "./draft.ts";
import { ground } from "./ground.ts";
import { plainWords } from "./plain-words.ts";
import { usageOf } from "./usage.ts";

const LIMITS = { findings: 10, gaps: 20, gap: 500 } as const;

/**
 * The report of a run: the draft's words as far as the evidence carries them, and everything that can be computed from
 * receipts and diagnoses. Approving without a receipt, and approving or denying on thin evidence, is a matter for a person.
 */
export function buildReport(state: RunState, request: DecideRequest, draft: Draft): Report {
  const results = allResults(state);
  const found = diagnosed(state);
  const { claims, rootCause, gaps } = ground(draft, results);
  const confidence = confidenceOf(claims, found, results);
  const proposed = lastProposed(state);
  const looked = wasDiagnosed(state, request.context.target.namespace);
  const obstacle = OBSTACLES[draft.decision]({ proposed, confidence, looked });
  const approved = draft.decision === "approve" && obstacle === undefined ? proposed : undefined;
  return {
    decision: obstacle === undefined ? draft.decision : "manual",
    rationale: plainWords(draft.rationale).slice(0, 4096),
    ...(approved === undefined ? {} : proposalMembers(approved, request)),
    ...(rootCause === undefined ? {} : { rootCause: plainWords(rootCause).slice(0, 1000) }),
    findings: found.findings.slice(0, LIMITS.findings).map(uncited),
    claims: claims.map(({ text, evidence }) => ({ text: plainWords(text).slice(0, 1000), evidence })),
    gaps: boundedGaps([
      ...(obstacle === undefined ? [] : [obstacle]),
      ...gaps,
      ...leftOut(found.findings),
      ...found.gaps,
      ...draft.gaps,
      ...uncounted(state),
    ]),
    confidence,
    usage: usageOf(state),
  };
}

interface Grounds {
  readonly proposed: Proposed | undefined;
  readonly confidence: Report["confidence"];
  /** Whether the place of the fault was diagnosed, and not another one. */
  readonly looked: boolean;
}
type Obstacle = (grounds: Grounds) => string | undefined;

/** Why an answer is a matter for a person instead. */
const OBSTACLES: Readonly<Record<Report["decision"], Obstacle>> = {
  approve({ proposed, confidence }) {
    if (proposed === undefined) return "The answer was to approve, but no act tool accepted a proposal in this run.";
    return confidence === "low" ? "The answer was to approve, but the evidence cited does not carry it." : undefined;
  },
  deny({ confidence, looked }) {
    const answer = "The answer was that nothing should be done, but";
    if (!looked) return `${answer} the namespace of the target was not diagnosed.`;
    return confidence === "low" ? `${answer} the evidence does not carry it.` : undefined;
  },
  manual: () => undefined,
};

function proposalMembers({ receipt, params }: Proposed, request: DecideRequest) {
  const onlyAction = request.actionRefs?.length === 1 ? request.actionRefs[0] : request.actionRef;
  const { name, digest, summary, actionRef: allowedBy = onlyAction } = receipt;
  const remediationRef: RemediationRef = { name, digest, summary };
  // In mode observe the receipt is a preview: there is no record to refer to.
  const recorded = receipt.mode !== "observe" && reaches(request.mode, "propose");
  return {
    params: { ...params },
    ...(allowedBy === undefined ? {} : { actionRef: allowedBy }),
    ...(recorded ? { remediationRef } : {}),
  };
}

function uncited({ evidenceId: _, ...finding }: CitableFinding): Finding {
  return finding;
}

function leftOut(findings: readonly CitableFinding[]): readonly string[] {
  const more = findings.length - LIMITS.findings;
  return more > 0 ? [`${more} lesser findings are left out.`] : [];
}

/** Tokens and money are counted as far as the provider says what it took. */
function uncounted({ spent: { unreported } }: RunState): readonly string[] {
  if (unreported === 0) return [];
  const requests = unreported === 1 ? "1 failed request" : `${unreported} failed requests`;
  return [`The endpoint did not say what ${requests} of the model took; it is not in the usage.`];
}

function boundedGaps(gaps: readonly string[]): string[] {
  const cut = [...new Set(gaps)].map((gap) => plainWords(gap).slice(0, LIMITS.gap));
  if (cut.length <= LIMITS.gaps) return cut;
  return [...cut.slice(0, LIMITS.gaps - 1), `${cut.length - LIMITS.gaps + 1} more gaps are left out.`];
}
