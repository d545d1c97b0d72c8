import type { DecideRequest, Report } from "@sre-agent/crds";
import { brokenImage, type Script } from "./fake-tools.ts";
import { request } from "./runs.ts";
import type { WireTurn } from "./wire-double/wire-double.ts";

/** A run that has to go alike whichever API a model is reached by. */
export interface Scenario {
  readonly name: string;
  readonly turns: readonly WireTurn[];
  readonly script?: Script;
  readonly asked?: DecideRequest;
  readonly decision: Report["decision"];
  /** Tools that were reached, in order. */
  readonly reached: readonly string[];
  /** Stands in the gaps. */
  readonly gap?: string;
}

const args = { namespace: "shop", kind: "Deployment", name: "web" };
const DIAGNOSE = { calls: [{ name: "diagnose", args }] };
const READ = { calls: [{ name: "resource_get", args: { ...args, fields: null } }] };
const BOTH = { calls: [...DIAGNOSE.calls, ...READ.calls] };
const PROPOSAL = { ...args, toRevision: 1, reason: "bad image", evidence: ["ev-image"] };
const ROLLBACK = { calls: [{ name: "workload_rollback", args: PROPOSAL }] };
const say = (decision: string, more: object = {}) => ({
  content: JSON.stringify({ decision, rationale: "Said.", rootCause: null, claims: [], gaps: [], ...more }),
});
const CAUSE = {
  rootCause: 'The image "shop/web:v2-typo" is missing.',
  claims: [{ text: 'It names "shop/web:v2-typo".', evidence: ["ev-image", "ev-web"] }],
};
const MANUAL = say("manual");
const healthy = { ...brokenImage, diagnose: () => ({ text: "Nothing", structured: { findings: [], gaps: [] } }) };
const refusing: Script = {
  ...brokenImage,
  workload_rollback: () => ({ ok: false, code: "QUOTA_EXCEEDED", text: "QUOTA_EXCEEDED: used up" }),
};
const budget = (given: object) => ({ ...request, budget: given });
const FILTERED = { status: 400, error: { code: "content_filter", message: "m" } };
const HTML = { body: "<html>", type: "text/html" };
const [D, R, A] = ["diagnose", "resource_get", "workload_rollback"] as const;

export const SCENARIOS: readonly Scenario[] = [
  { name: "approve", turns: [BOTH, ROLLBACK, say("approve", CAUSE)], decision: "approve", reached: [D, R, A] },
  {
    name: "approve, one call a turn",
    turns: [DIAGNOSE, READ, ROLLBACK, say("approve", CAUSE)],
    decision: "approve",
    reached: [D, R, A],
  },
  { name: "deny", turns: [DIAGNOSE, say("deny")], script: healthy, decision: "deny", reached: [D] },
  { name: "manual", turns: [BOTH, MANUAL], decision: "manual", reached: [D, R] },
  { name: "at once, before anything was looked at", turns: [MANUAL], decision: "manual", reached: [D] },
  {
    name: "approve without a proposal",
    turns: [BOTH, say("approve", CAUSE)],
    decision: "manual",
    reached: [D, R],
    gap: "no act tool accepted",
  },
  {
    name: "approve after a refusal",
    turns: [BOTH, ROLLBACK, say("approve", CAUSE)],
    script: refusing,
    decision: "manual",
    reached: [D, R, A],
    gap: "no act tool accepted",
  },
  {
    name: "approve on no evidence",
    turns: [BOTH, ROLLBACK, say("approve")],
    decision: "manual",
    reached: [D, R, A],
    gap: "does not carry it",
  },
  {
    name: "deny in spite of a fault",
    turns: [DIAGNOSE, say("deny")],
    decision: "manual",
    reached: [D],
    gap: "the evidence does not carry it",
  },
  {
    name: "a claim on evidence never received",
    turns: [DIAGNOSE, say("manual", { claims: [{ text: "It is so.", evidence: ["ev-none"] }] })],
    decision: "manual",
    reached: [D],
    gap: "was not received",
  },
  {
    name: "a value that stands nowhere",
    turns: [DIAGNOSE, say("manual", { rootCause: 'It is "v9".' })],
    decision: "manual",
    reached: [D],
    gap: "does not occur",
  },
  { name: "503 once", turns: [{ status: 503 }, DIAGNOSE, MANUAL], decision: "manual", reached: [D] },
  {
    name: "429 with milliseconds",
    turns: [{ status: 429, headers: { "retry-after-ms": "20" } }, DIAGNOSE, MANUAL],
    decision: "manual",
    reached: [D],
  },
  {
    name: "429 with seconds",
    turns: [{ status: 429, headers: { "retry-after": "1" } }, DIAGNOSE, MANUAL],
    decision: "manual",
    reached: [D],
  },
  {
    name: "429 beyond the budget",
    turns: [DIAGNOSE, { status: 429, headers: { "retry-after": "3600" } }],
    decision: "manual",
    reached: [D],
    gap: "rate limit",
  },
  {
    name: "quota used up",
    turns: [DIAGNOSE, { status: 429, error: { code: "insufficient_quota" } }],
    decision: "manual",
    reached: [D],
    gap: "quota",
  },
  {
    ...{ name: "a page in place of a reply", turns: [HTML, DIAGNOSE, MANUAL], decision: "manual", reached: [D] },
    gap: "did not say what 1 failed request of the model took",
  },
  { name: "pages only", turns: [HTML], decision: "manual", reached: [D], gap: "reply is none" },
  {
    ...{ name: "a reply cut half way", turns: [{ half: "cut" }, DIAGNOSE, MANUAL], decision: "manual", reached: [D] },
    gap: "did not say what 1 failed request of the model took",
  },
  { name: "an empty reply", turns: [{ content: "" }, DIAGNOSE, MANUAL], decision: "manual", reached: [D] },
  {
    name: "words in place of a report",
    turns: [DIAGNOSE, { content: "Hm." }],
    decision: "manual",
    reached: [D],
    gap: "gave no report",
  },
  { name: "a filtered prompt", turns: [DIAGNOSE, FILTERED, MANUAL], decision: "manual", reached: [D] },
  {
    name: "a prompt that is always filtered",
    turns: [DIAGNOSE, FILTERED],
    decision: "manual",
    reached: [D],
    gap: "blocked the prompt",
  },
  {
    name: "a filtered reply",
    turns: [DIAGNOSE, { finish: "content_filter" }],
    decision: "manual",
    reached: [D],
    gap: "blocked the model's reply",
  },
  {
    name: "a refusal",
    turns: [DIAGNOSE, { refusal: "I cannot." }],
    decision: "manual",
    reached: [D],
    gap: "refused to answer",
  },
  {
    name: "an answer cut by its cap",
    turns: [DIAGNOSE, { content: '{"decision":', finish: "length" }, MANUAL],
    decision: "manual",
    reached: [D],
  },
  {
    name: "an unknown tool",
    turns: [{ calls: [{ name: "pods_delete", args: {} }] }, MANUAL],
    decision: "manual",
    reached: [D],
  },
  {
    name: "malformed arguments",
    turns: [{ calls: [{ name: "diagnose", args: "{oops" }] }, DIAGNOSE, MANUAL],
    decision: "manual",
    reached: [D],
  },
  {
    name: "arguments out of bounds",
    turns: [{ calls: [{ name: A, args: { ...PROPOSAL, toRevision: 0 } }] }, MANUAL],
    decision: "manual",
    reached: [D],
  },
  {
    name: "an id used twice",
    turns: [
      {
        calls: [
          { id: "c", name: R, args: { ...args, fields: null } },
          { id: "c", name: R, args: { ...args, fields: null } },
        ],
      },
      MANUAL,
    ],
    decision: "manual",
    reached: [R],
  },
  {
    name: "the same calls again and again",
    turns: [DIAGNOSE],
    asked: budget({ steps: 10 }),
    decision: "manual",
    reached: [D, D, D],
    gap: "gave no report",
  },
  {
    name: "a budget of two steps",
    turns: [DIAGNOSE, READ, MANUAL],
    asked: budget({ steps: 2 }),
    decision: "manual",
    reached: [D],
    gap: "gave no report",
  },
];
