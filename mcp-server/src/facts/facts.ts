import type {
  Denial,
  RemediationSpec,
  SreAction,
  SreApproval,
  SreInvestigation,
  SrePolicy,
  SreRemediation,
  SreTrigger,
} from "@sre-agent/crds";
import { deny } from "@sre-agent/crds";
import { isKubeError, type UserInfo } from "@sre-agent/kube";
import type { History } from "./history.ts";
import type { Autoscaler, DisruptionBudget, Workload } from "./workload.ts";

/** What was read, or why it could not be: a guard that needs an unreadable fact denies. */
export type Fact<T> = { readonly known: true; readonly value: T } | Unreadable;
export interface Unreadable {
  readonly known: false;
  readonly why: string;
  /** The API server answered that there is no such object. */
  readonly gone?: true;
}

/** Everything the guards know. Gathered before they run, so that they stay pure. */
export interface Facts {
  readonly stage: "propose" | "execute";
  readonly nowMs: number;
  /** Of this installation: its own namespaces and what the operator of the act server adds. */
  readonly protectedNamespaces: readonly string[];
  /** Name of the ledger record that this proposal has or would have. */
  readonly recordName: string;
  /** The record whose change this action takes back. */
  readonly undoes?: RemediationSpec["undoes"];
  /** The record itself, at execution. */
  readonly record: SreRemediation | undefined;
  /** undefined: no SrePolicy exists. */
  readonly policy: Fact<SrePolicy | undefined>;
  /** undefined: a person's client without a run. */
  readonly run: Fact<SreInvestigation> | undefined;
  /** The trigger behind the run, while it exists. */
  readonly trigger: Fact<SreTrigger | undefined>;
  /** The SreActions that the run names; for a client all of the target's namespace. */
  readonly actions: Fact<readonly SreAction[]>;
  readonly target: Fact<Workload>;
  readonly namespace: Fact<Workload>;
  /** Earlier states of the target. */
  readonly history: Fact<History>;
  readonly pods: Fact<readonly Workload[]>;
  readonly autoscalers: Fact<readonly Autoscaler[]>;
  readonly budgets: Fact<readonly DisruptionBudget[]>;
  /** Every record of the cluster, by a consistent list. */
  readonly ledger: Fact<readonly SreRemediation[]>;
  /** Approvals and rejections of this record. */
  readonly approvals: Fact<readonly SreApproval[]>;
  /** On whose behalf, and whether that person may make the write; undefined: nobody's (an alert), or the kubeconfig's owner. */
  readonly requester: { readonly user: UserInfo; readonly may: Fact<boolean> } | undefined;
  /** Whether each approver by name may make the write themselves. */
  readonly approverMay: ReadonlyMap<string, Fact<boolean>>;
  /** The act server's own fresh diagnosis has a finding on the target whose typed fix is this action. */
  readonly ownFinding: Fact<boolean>;
}

export const known = <T>(value: T): Fact<T> => ({ known: true, value });
export const unreadable = (why: string): Unreadable => ({ known: false, why });

/** The denial for a guard whose fact is missing. */
export function unavailable(what: string, { why }: Unreadable): Denial {
  return deny("FACTS_UNAVAILABLE", `${what} could not be read (${why}), so nothing was done.`);
}

/** What `read` answers, or the reason why it does not. */
export async function factOf<T>(read: () => Promise<T>): Promise<Fact<T>> {
  try {
    return known(await read());
  } catch (error) {
    const fact = unreadable((error instanceof Error ? error.message : String(error)).slice(0, 500));
    return isKubeError(error, "NOT_FOUND") ? { ...fact, gone: true } : fact;
  }
}
