import { type Action, type Denial, deny, kubectlCommand } from "@sre-agent/crds";
import { isKubeError, type Previewer, type Reader } from "@sre-agent/kube";
import type { Live } from "../plans/plan.ts";
import { planFor } from "../plans/planner.ts";
import { dryRun } from "./dry-run.ts";

const LEDGER = "sreremediations.sre-agent.dev";

/** Whether the cluster serves our kinds; without them a change can be looked at, and not be proposed. */
export async function servesLedger(reader: Reader, signal: AbortSignal): Promise<boolean> {
  try {
    await reader.resolve(LEDGER, { signal });
    return true;
  } catch (error) {
    if (isKubeError(error, "UNKNOWN_KIND", "NOT_FOUND")) return false;
    throw error;
  }
}

export interface Preview {
  readonly action: Action;
  readonly live: Live;
  readonly signal: AbortSignal;
}

/** CRDS_MISSING with all that can be said without a ledger: the diff, what a dry run says, and the command by hand. */
export async function previewWithoutKinds(previewer: Previewer, { action, live, signal }: Preview): Promise<Denial> {
  const plan = planFor(action, live, "preview");
  if ("code" in plan) return plan;
  const fault = await dryRun(previewer, { plan, target: live.target }, signal);
  const dry = fault ? `A dry run says: ${fault.message}` : "A dry run is clean.";
  const lines = [
    "The kinds of sre-agent are not installed, so nothing can be proposed. The change would be:",
    ...plan.diff,
    dry,
  ];
  return deny("CRDS_MISSING", `${lines.join("\n").slice(0, 1800)}\nBy hand: ${kubectlCommand(action)}`);
}
