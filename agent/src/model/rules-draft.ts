import type { Draft } from "../report/draft.ts";
import { claimOf, nextStep } from "../report/fallback-report.ts";
import type { RulesFacts } from "./rules-facts.ts";

const BY_RULES = "Decided by fixed rules over the analyzers' findings; no model was used.";

/** The end of the decision table: what is right, in fixed words. */
export function rulesDraft(facts: RulesFacts): Draft {
  const { diagnosis, findings, proposal } = facts;
  if (diagnosis === undefined || !diagnosis.ok) return undiagnosed(facts);
  if (findings.length === 0) return nothingWrong(facts);
  return proposal?.ok === true ? proposed(facts) : forPerson(facts);
}

function undiagnosed({ diagnosis }: RulesFacts): Draft {
  const why = diagnosis === undefined ? "There was no diagnosis." : `The diagnosis failed (${diagnosis.code ?? "?"}).`;
  return draft({ decision: "manual", rationale: `${why} A person has to look at the target.`, gaps: [why] });
}

function nothingWrong({ request }: RulesFacts): Draft {
  const { kind, namespace, name } = request.context.target;
  const target = name === undefined ? `namespace ${namespace}` : `${kind} ${namespace}/${name}`;
  return draft({ decision: "deny", rationale: `No analyzer found a fault at ${target}: nothing should be done.` });
}

function proposed({ fault, findings }: RulesFacts): Draft {
  const cause = fault?.cause ?? "";
  const change = fault?.fix?.summary ?? "The change was proposed.";
  return draft({
    decision: "approve",
    rationale: `${cause} Proposed: ${change}`,
    rootCause: cause,
    claims: findings.slice(0, 10).map(claimOf),
  });
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
