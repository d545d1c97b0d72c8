import fc from "fast-check";
import { expect, test } from "vitest";
import { known } from "../facts/facts.ts";
import { EVICT, facts, pod, RESTART, record, scaleTo, workload } from "./test/facts.ts";
import { withinBlastRadius } from "./within-blast-radius.ts";

const rolling = (replicas: number, ready: number, rollingUpdate = {}) =>
  known(workload({}, { replicas, strategy: { type: "RollingUpdate", rollingUpdate } }, { readyReplicas: ready }));

test.each([
  ["the default strategy", rolling(4, 4), undefined],
  ["one replica that is surged", rolling(1, 1), undefined],
  ["one replica that goes first", rolling(1, 1, { maxUnavailable: 1, maxSurge: 0 }), "BLAST_RADIUS"],
  ["half at once", rolling(8, 8, { maxUnavailable: "50%" }), "BLAST_RADIUS"],
  ["half at once of what is down anyway", rolling(8, 0, { maxUnavailable: "50%" }), undefined],
  ["all that is ready", rolling(4, 1, { maxUnavailable: 1 }), "BLAST_RADIUS"],
])("a rollout of %s", (_what, target, code) => {
  expect(withinBlastRadius(RESTART, facts({ target }))?.code).toBe(code);
});

test("a full budget denies, another workload's does not", () => {
  const budget = (app: string, disruptionsAllowed: number) => ({
    ...workload({ name: "pdb" }),
    spec: { selector: { matchLabels: { app } } },
    status: { disruptionsAllowed },
  });
  expect(withinBlastRadius(RESTART, facts({ budgets: known([budget("web", 0)]) }))).toMatchObject({
    code: "BLAST_RADIUS",
  });
  expect(withinBlastRadius(RESTART, facts({ budgets: known([budget("web", 1), budget("api", 0)]) }))).toBeNull();
});

test.each([
  ["expressions", { matchExpressions: [{ key: "app", operator: "In", values: ["web", "api"] }] }, "BLAST_RADIUS"],
  [
    "expressions that leave it out",
    { matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] },
    undefined,
  ],
  ["nothing, which is every pod", {}, "BLAST_RADIUS"],
])("a full budget whose selector has %s", (_what, selector, code) => {
  const budget = { ...workload({ name: "pdb" }), spec: { selector }, status: { disruptionsAllowed: 0 } };
  expect(withinBlastRadius(RESTART, facts({ budgets: known([budget]) }))?.code).toBe(code);
});

test.each([
  ["the only ready pod", [pod("web-a", true), pod("web-b", false)], "BLAST_RADIUS"],
  ["one of two ready pods", [pod("web-a", true), pod("web-b", true)], undefined],
  ["a pod that is not ready", [pod("web-a", false)], undefined],
])("an eviction of %s", (_what, pods, code) => {
  const given = facts({ target: known(pods[0] ?? pod("web-a", true)), pods: known(pods) });
  expect(withinBlastRadius(EVICT, given)?.code).toBe(code);
});

test("whatever the numbers, scaling leaves one ready and takes at most max(1, 25 %)", () => {
  const count = fc.integer({ min: 1, max: 40 });
  fc.assert(
    fc.property(count, count, count, (replicas, to, up) => {
      const ready = Math.min(up, replicas);
      if (withinBlastRadius(scaleTo(to), facts({ target: rolling(replicas, ready) })) !== null) return;
      const taken = Math.min(ready, Math.max(0, replicas - to));
      expect(taken).toBeLessThanOrEqual(Math.max(1, replicas / 4));
      expect(ready - taken).toBeGreaterThanOrEqual(Math.min(1, ready));
    }),
  );
});

const ordered = (kind: string, ready: number, rollingUpdate = {}) => {
  const { spec, ...rest } = workload(
    {},
    { updateStrategy: { type: "RollingUpdate", rollingUpdate } },
    { readyReplicas: ready, numberReady: ready, desiredNumberScheduled: 8 },
  );
  return known({ ...rest, kind, spec: { ...spec, replicas: 8 } });
};

test.each([
  ["a StatefulSet, one by one", ordered("StatefulSet", 8), undefined],
  ["a StatefulSet's last ready pod", ordered("StatefulSet", 1), "BLAST_RADIUS"],
  ["a DaemonSet, half at once", ordered("DaemonSet", 8, { maxUnavailable: "50%" }), "BLAST_RADIUS"],
  ["a DaemonSet that starts pods ahead", ordered("DaemonSet", 1, { maxSurge: 1, maxUnavailable: 0 }), undefined],
])("a restart of %s", (_what, target, code) => {
  expect(withinBlastRadius(RESTART, facts({ target }))?.code).toBe(code);
});

test("what a change had added may be taken away again by its undo, and no more", () => {
  const undoes = { name: "act-1", uid: "act-1-uid" };
  const undone = record("act-1", {
    spec: { action: scaleTo(8) },
    status: { phase: "Succeeded", preImage: { replicas: "4" } },
  });
  const given = facts({ target: rolling(8, 8), ledger: known([undone]), undoes });
  expect(withinBlastRadius(scaleTo(4), given)).toBeNull();
  expect(withinBlastRadius(scaleTo(3), given)).toMatchObject({ code: "BLAST_RADIUS" });
  expect(withinBlastRadius(scaleTo(4), { ...given, undoes: undefined })).toMatchObject({ code: "BLAST_RADIUS" });
});
