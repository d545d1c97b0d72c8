import { type Denial, deny } from "@sre-agent/crds";
import type { ProposeDependencies } from "../execute/propose.ts";
import { createProposalTool, type ProposalInput } from "../execute/propose-tool.ts";
import type { Live } from "../plans/plan.ts";
import { recordedReplicas } from "../plans/recorded-replicas.ts";
import type { ToolHandler } from "./tool.ts";

interface ScaleInput extends ProposalInput {
  /** Absent: from zero, the last recorded count. */
  readonly replicas?: number | undefined;
}

/** Proposes another replica count. */
export function createWorkloadScale(dependencies: ProposeDependencies): ToolHandler<ScaleInput> {
  return createProposalTool({
    type: "Scale",
    dependencies,
    actionOf({ replicas }: ScaleInput, target, live) {
      const count = live.target.spec?.replicas === 0 ? fromZero(replicas, live) : (replicas ?? missing());
      return typeof count === "number" ? { type: "Scale", target, parameters: { replicas: count } } : count;
    },
  });
}

const missing = () => deny("SCHEMA_INVALID", "replicas: is needed unless the workload stands at zero.");

/** What stands at zero is brought back to what it was, and to nothing that a caller makes up. */
function fromZero(asked: number | undefined, live: Live): number | Denial {
  const { kind, metadata } = live.target;
  const name = `${kind}/${metadata.name}`;
  const recorded = recordedReplicas(live);
  if (!recorded) return deny("NO_INVERSE", `${name} is at zero, and how many there were is recorded nowhere.`, BY_HAND);
  if (asked === undefined || asked === recorded.count) return recorded.count;
  return deny(
    "SCHEMA_INVALID",
    `replicas: ${name} is at zero and goes back to ${recorded.count} (${recorded.source}).`,
  );
}

const BY_HAND = "Let a person who knows the count scale it up.";
