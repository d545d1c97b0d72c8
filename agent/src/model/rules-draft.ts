import type { ToolResult } from "@sre-agent/crds";
import type { CitableFinding } from "../report/collected.ts";
import type { Draft } from "../report/draft.ts";
import { claimOf, nextStep } from "../report/fallback-report.ts";
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

function proposed({ fault, findings, confirmation }: RulesFacts): Draft {
  const cause = fault?.cause ?? "";
  const change = fault?.fix?.summary ?? "The change was proposed.";
  return draft({
    decision: "approve",
    rationale: `${cause} Proposed: ${change}`,
    rootCause: cause,
    claims: findings
      .slice(0, 10)
      .map((finding) => (finding === fault ? corroborated(finding, confirmation) : claimOf(finding))),
  });
}

/** The finding's claim, resting on the second read too when a value of its evidence stands there. */
function corroborated(finding: CitableFinding, confirmation: ToolResult | undefined) {
  const claim = claimOf(finding);
  const seen = finding.evidence.some(({ value }) => value !== "" && confirmation?.text.includes(value));
  return seen ? { ...claim, evidence: [...claim.evidence, ...(confirmation?.evidence ?? [])].slice(0, 20) } : claim;
}

function forPerson({ fault, findings, proposal }: RulesFacts): Draft {
  const top = fault ?? findings[0];
  const refusal = proposal === undefined ? "" : ` The proposal was refused: ${proposal.text.slice(0, 1_000)}`;
  const elsewhere = fault === undefined ? " The fault does not concern the target itself." : "";
  return draft({
    decision: "manual",
    rationale: top === undefined ? "" : `${top.cause}${elsewhere}${refusal} ${nextStep(top)}`,
    rootCause: fault?.cause ?? null,
    claims: findings.slice(0, 10).map(claimOf),
  });
}

function draft({ rationale, ...given }: Partial<Draft> & Pick<Draft, "decision" | "rationale">): Draft {
  return { rootCause: null, claims: [], gaps: [], rationale: `${rationale} ${BY_RULES}`, ...given };
}
