import { readdirSync } from "node:fs";
import { type Action, type DenialCode, deny } from "@sre-agent/crds";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Facts, known, unreadable } from "../facts/facts.ts";
import { actionAllowed } from "./action-allowed.ts";
import { approvalMatches } from "./approval-matches.ts";
import { breakerClosed } from "./breaker-closed.ts";
import type { Guard } from "./guard.ts";
import { identityMay } from "./identity-may.ts";
import { modeAllows } from "./mode-allows.ts";
import { namespaceAllowed } from "./namespace-allowed.ts";
import { notDuplicate } from "./not-duplicate.ts";
import { GUARDS, guarded } from "./pipeline.ts";
import { schemaValid } from "./schema-valid.ts";
import { targetOwned } from "./target-owned.ts";
import { at, executing, facts, policy, RESTART, ROLLBACK, record, run, sreAction, workload } from "./test/facts.ts";
import { windowOpen } from "./window-open.ts";
import { withinBlastRadius } from "./within-blast-radius.ts";
import { withinQuota } from "./within-quota.ts";

const failed = (name: string) =>
  record(name, {
    spec: { action: { ...ROLLBACK, target: { ...ROLLBACK.target, uid: name } } },
    status: { phase: "Failed", outcome: "Failed", completedAt: at(-5) },
  });

/** For each guard a change that it alone refuses. */
const ONLY_REFUSED_BY: readonly [Guard, DenialCode, Action, Facts][] = [
  [
    schemaValid,
    "SCHEMA_INVALID",
    { type: "Rollback", target: ROLLBACK.target, parameters: { toRevision: 0 } },
    facts(),
  ],
  [modeAllows, "MODE_FORBIDS", ROLLBACK, facts({ policy: known(policy({ mode: "off" })) })],
  [actionAllowed, "ACTION_NOT_ALLOWED", ROLLBACK, facts({ actions: known([]) })],
  [
    namespaceAllowed,
    "NAMESPACE_PROTECTED",
    ROLLBACK,
    facts({ policy: known(policy({ protectedNamespaces: ["shop"] })) }),
  ],
  [targetOwned, "TARGET_NOT_OURS", ROLLBACK, facts({ target: known(workload({}, { paused: true })) })],
  [identityMay, "IDENTITY_FORBIDDEN", ROLLBACK, facts({ requester: { user: { username: "x" }, may: known(false) } })],
  [
    windowOpen,
    "WINDOW_CLOSED",
    ROLLBACK,
    facts({
      policy: known(
        policy({
          rules: [{ namespaces: ["shop"], mode: "auto", windows: [{ days: ["Mon"], from: "01:00", to: "02:00" }] }],
        }),
      ),
    }),
  ],
  [
    withinBlastRadius,
    "BLAST_RADIUS",
    RESTART,
    facts({ target: known(workload({}, { strategy: { type: "Recreate" } })) }),
  ],
  [
    withinQuota,
    "QUOTA_EXCEEDED",
    ROLLBACK,
    facts({
      ledger: known([
        record("act-1", {
          status: { phase: "Succeeded", attempts: [{ number: 1, direction: "forward", startedAt: at(-5) }] },
        }),
      ]),
    }),
  ],
  [breakerClosed, "BREAKER_OPEN", ROLLBACK, facts({ ledger: known([failed("act-1"), failed("act-2")]) })],
  [notDuplicate, "DUPLICATE", ROLLBACK, facts({ ledger: known([record("act-1", { status: { phase: "Proposed" } })]) })],
  [approvalMatches, "APPROVAL_MISSING", ROLLBACK, executing({ approvals: known([]) })],
];

test.each([facts(), executing()])("lets a rollback pass that keeps every rule (%#)", (given) => {
  expect(guarded(ROLLBACK, given)).toBeNull();
});

test.each(ONLY_REFUSED_BY.map((row) => [row[1], row] as const))(
  "%s is refused, and passes once its guard is removed",
  (code, [guard, , action, given]) => {
    expect(guarded(action, given)).toMatchObject({ code });
    const without = GUARDS.filter((other) => other !== guard);
    expect(without).toHaveLength(GUARDS.length - 1);
    expect(guarded(action, given, without)).toBeNull();
  },
);

test("every guard has a case above", () => {
  expect(ONLY_REFUSED_BY.map(([guard]) => guard)).toEqual(GUARDS);
});

test("every file with a rule has a test beside it", () => {
  const files = readdirSync(import.meta.dirname).filter((file) => file.endsWith(".ts"));
  const untested = files.filter(
    (file) => !file.endsWith(".test.ts") && !files.includes(file.replace(".ts", ".test.ts")),
  );
  // A type alone; and two look-ups that are tested through the guards that use them.
  expect(untested).toEqual(["allowing-action.ts", "guard.ts", "rule-for.ts"]);
});

const FACT_NAMES = [
  "policy",
  "run",
  "trigger",
  "actions",
  "target",
  "namespace",
  "history",
  "pods",
  "budgets",
  "ledger",
] as const;

test.each(FACT_NAMES)("a fact that cannot be read denies: %s", (name) => {
  for (const given of [facts({ [name]: unreadable("down") }), executing({ [name]: unreadable("down") })]) {
    expect(guarded(ROLLBACK, given)).toMatchObject({ code: "FACTS_UNAVAILABLE" });
  }
});

test("a denial says what to do next", () => {
  expect(guarded(ROLLBACK, facts({ actions: known([]) }))).toEqual(deny("ACTION_NOT_ALLOWED", expect.any(String)));
});

test("whatever else holds, nothing passes below its needed mode, and auto needs a finding of our own", () => {
  const modes = fc.constantFrom("off", "observe", "propose", "approve", "auto");
  const asked = fc.constantFrom("observe", "propose", "approve", "auto");
  fc.assert(
    fc.property(fc.tuple(modes, modes, asked, asked), fc.boolean(), ([top, rule, ofRun, ofAction], finding) => {
      const given = executing({
        policy: known(policy({ mode: top, rules: [{ namespaces: ["shop"], mode: rule }] })),
        run: known(run({ mode: ofRun })),
        actions: known([sreAction({ type: "Restart", mode: ofAction })]),
        approvals: known([]),
        ownFinding: known(finding),
        record: record("act-own", {
          spec: { action: RESTART, authority: { ...record().spec.authority, mode: "auto" } },
        }),
      });
      const allAuto = [top, rule, ofRun, ofAction].every((mode) => mode === "auto") && finding;
      expect(guarded(RESTART, given) === null).toBe(allAuto);
    }),
  );
});
