import {
  type Action,
  type Denial,
  deny,
  durationMs,
  isUnstarted,
  remediationPhase,
  type SreRemediation,
} from "@sre-agent/crds";
import { type Facts, unavailable } from "../facts/facts.ts";
import { allowingAction } from "./allowing-action.ts";
import type { Guard } from "./guard.ts";
import { ruleFor } from "./rule-for.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A bound on how many changes of the ledger were started lately. */
interface Quota {
  readonly what: string;
  readonly max: number;
  readonly withinMs: number;
  counts(record: SreRemediation): boolean;
}

/** The quotas of policy and SreAction have room, counted from the ledger so that no restart resets them. */
export const withinQuota: Guard = (action, facts) => {
  if (!facts.ledger.known) return unavailable("the ledger", facts.ledger);
  const quotas = quotasFor(action, facts);
  if ("code" in quotas) return quotas;
  const others = facts.ledger.value.filter((record) => !isOwn(record, action, facts));
  for (const { what, max, withinMs, counts } of quotas) {
    const used = others.filter((record) => counts(record) && startedMs(record) > facts.nowMs - withinMs).length;
    if (used >= max) return deny("QUOTA_EXCEEDED", `${what}: ${used} of ${max} used.`);
  }
  return facts.stage === "propose" ? openProposals(action, facts, others) : null;
};

/** The record itself; and the one that it takes back, which together are no change. */
function isOwn({ metadata, spec }: SreRemediation, { target }: Action, { recordName, undoes }: Facts): boolean {
  if (undoes !== undefined && metadata.uid === undoes.uid) return spec.action.target.uid === target.uid;
  return metadata.name === recordName && spec.action.target.namespace === target.namespace;
}

/** When the change was sent, or -Infinity when it never was. */
function startedMs({ status }: SreRemediation): number {
  const attempt = status?.attempts?.find(({ direction, result }) => direction === "forward" && result !== "refused");
  return attempt ? Date.parse(attempt.startedAt) : Number.NEGATIVE_INFINITY;
}

function policyQuotas({ policy, namespace }: Facts) {
  if (!policy.known) return unavailable("SrePolicy", policy);
  if (!namespace.known) return unavailable("the namespace", namespace);
  return ruleFor(policy.value, namespace.value)?.quotas ?? policy.value?.spec.quotas;
}

function quotasFor(action: Action, facts: Facts): readonly Quota[] | Denial {
  const limits = policyQuotas(facts);
  // Without a policy the mode is observe: nothing can be started, so there is nothing to count.
  if (limits === undefined) return [];
  if ("code" in limits) return limits;
  const { uid, namespace } = action.target;
  const onTarget = ({ spec }: SreRemediation) => spec.action.target.uid === uid;
  const inNamespace = ({ spec }: SreRemediation) => spec.action.target.namespace === namespace;
  return [
    {
      what: "Changes of the target in 10 minutes",
      max: limits.perTargetPer10Minutes,
      withinMs: 10 * MINUTE,
      counts: onTarget,
    },
    {
      what: "Changes in the namespace in an hour",
      max: limits.perNamespacePerHour,
      withinMs: HOUR,
      counts: inNamespace,
    },
    { what: "Changes in the namespace in a day", max: limits.perNamespacePerDay, withinMs: DAY, counts: inNamespace },
    {
      what: "Changes in the cluster in 10 minutes",
      max: limits.clusterPer10Minutes,
      withinMs: 10 * MINUTE,
      counts: () => true,
    },
    ...actionQuotas(action, facts),
  ];
}

function actionQuotas(action: Action, facts: Facts): readonly Quota[] {
  const allowed = allowingAction(action, facts);
  if (!allowed) return [];
  const { name, namespace } = allowed.metadata;
  const { limits, cooldown } = allowed.spec;
  const byThis = ({ spec }: SreRemediation) =>
    spec.authority.actionRef.name === name && spec.action.target.namespace === namespace;
  const onTarget = (record: SreRemediation) => byThis(record) && record.spec.action.target.uid === action.target.uid;
  return [
    { what: `Uses of SreAction ${name} in an hour`, max: limits.perHour, withinMs: HOUR, counts: byThis },
    { what: `Uses of SreAction ${name} in a day`, max: limits.perDay, withinMs: DAY, counts: byThis },
    {
      what: `Uses of SreAction ${name} on the target in its cooldown`,
      max: 1,
      withinMs: durationMs(cooldown),
      counts: onTarget,
    },
  ];
}

function openProposals(action: Action, facts: Facts, others: readonly SreRemediation[]): Denial | null {
  const limits = policyQuotas(facts);
  if (limits === undefined || "code" in limits) return limits ?? null;
  const open = others.filter(
    ({ spec, status }) =>
      spec.action.target.namespace === action.target.namespace &&
      isUnstarted(remediationPhase(status)) &&
      Date.parse(spec.expiresAt) > facts.nowMs,
  ).length;
  return open >= limits.openProposals
    ? deny("QUOTA_EXCEEDED", `Open proposals in the namespace: ${open} of ${limits.openProposals}.`)
    : null;
}
