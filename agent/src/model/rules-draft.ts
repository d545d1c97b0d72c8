import type { ToolResult } from "@sre-agent/crds";
import type { CitableFinding } from "../report/collected.ts";
import type { Draft } from "../report/draft.ts";
import { claimOf, nextStep } from "../report/fallback-report.ts";
import { sentence } from "../report/sentence.ts";
import type { RulesFacts } from "./rules-facts.ts";

const BY_RULES = "Decided by fixed rules over the analyzers' findings; no model was used.";

/** The end of the decision table: what is right, in fixed words. */
export function rulesDraft(facts: RulesFacts): Draft {
  const { diagnosis, findings, proposal } = facts;
  if (diagnosis === undefined || !diagnosis.ok) return undiagnosed(facts);
  if (findings.length === 0) return facts.complete ? nothingWrong(facts) : unread();
  return proposal?.ok === true ? proposed(facts) : forPerson(facts);
}

function undiagnosed({ diagnosis }: RulesFacts): Draft {
  const why = diagnosis === undefined ? "There was no diagnosis." : `The diagnosis failed (${diagnosis.code ?? "?"}).`;
  return draft({ decision: "manual", rationale: `${why} A person has to look at the target.`, gaps: [why] });
}

/** What could not be read may be the fault, so nothing is called healthy. */
function unread(): Draft {
  const why = "The diagnosis came without findings that can be read.";
  return draft({ decision: "manual", rationale: `${why} A person has to look at the target.`, gaps: [why] });
}

function nothingWrong({ request }: RulesFacts): Draft {
  const { kind, namespace, name } = request.context.target;
  const target = name === undefined ? `namespace ${namespace}` : `${kind} ${namespace}/${name}`;
  return draft({ decision: "deny", rationale: `No analyzer found a fault at ${target}: nothing should be done.` });
}

function proposed({ fault, findings, reads }: RulesFacts): Draft {
  const cause = fault?.cause ?? "";
  const change = fault?.fix?.summary ?? "The change was proposed.";
  return draft({
    decision: "approve",
    rationale: `${sentence(cause)}${before(fault)} Proposed: ${change}`,
    rootCause: cause,
    claims: claimsOf(findings, fault, reads),
  });
}

function claimsOf(
  findings: readonly CitableFinding[],
  fault: CitableFinding | undefined,
  reads: readonly ToolResult[],
): Draft["claims"] {
  return findings.slice(0, 10).map((finding) => (finding === fault ? corroborated(finding, reads) : claimOf(finding)));
}

/** The finding's claim, resting on every other read too in which a value of its evidence stands. */
function corroborated(finding: CitableFinding, reads: readonly ToolResult[]) {
  const claim = claimOf(finding);
  const shows = ({ text }: ToolResult) => finding.evidence.some(({ value }) => value !== "" && text.includes(value));
  const more = reads.filter(shows).flatMap(({ evidence }) => evidence);
  return { ...claim, evidence: [...new Set([...claim.evidence, ...more])].slice(0, 20) };
}

/** Why now: the change that came before, when the analyzers saw one. */
function before(fault: CitableFinding | undefined): string {
  if (fault?.change === undefined) return "";
  const { what, at, by } = fault.change;
  return ` Before it, at ${at}${by === undefined ? "" : `, by ${by}`}: ${what}.`;
}

function forPerson({ fault, findings, proposal, reads }: RulesFacts): Draft {
  const top = fault ?? findings[0];
  const refusal = proposal === undefined ? "" : ` The proposal was refused: ${proposal.text.slice(0, 1_000)}`;
  const elsewhere = fault === undefined ? " The fault does not concern the target itself." : "";
  return draft({
    decision: "manual",
    rationale: top === undefined ? "" : `${sentence(top.cause)}${before(fault)}${elsewhere}${refusal} ${nextStep(top)}`,
    rootCause: fault?.cause ?? null,
    claims: claimsOf(findings, fault, reads),
  });
}

function draft({ rationale, ...given }: Partial<Draft> & Pick<Draft, "decision" | "rationale">): Draft {
  return { rootCause: null, claims: [], gaps: [], rationale: `${sentence(rationale)} ${BY_RULES}`, ...given };
}
