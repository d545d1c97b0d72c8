import { expect, test } from "vitest";
import { known } from "../facts/facts.ts";
import { actionAllowed } from "./action-allowed.ts";
import { executing, facts, ROLLBACK, scaleTo, sreAction, workload } from "./test/facts.ts";

const names = (...list: string[]) => [{ kind: "Deployment", names: list }];
const labelled = (labels: object) => [{ kind: "Deployment", selector: { matchLabels: labels } }];

test.each([
  ["by name", {}, ROLLBACK],
  ["by label", { targets: labelled({ app: "web" }) }, ROLLBACK],
  ["within its bounds", { type: "Scale", bounds: { minReplicas: 2, maxReplicas: 5 } }, scaleTo(5)],
])("lets pass what an SreAction allows %s", (_what, spec, action) => {
  expect(actionAllowed(action, facts({ actions: known([sreAction(spec)]) }))).toBeNull();
});

test.each([
  ["another type", { type: "Restart" }, ROLLBACK],
  ["another name", { targets: names("api") }, ROLLBACK],
  ["other labels", { targets: labelled({ app: "api" }) }, ROLLBACK],
  ["another kind", { targets: [{ kind: "StatefulSet", names: ["web"] }] }, ROLLBACK],
  ["fewer replicas", { type: "Scale", bounds: { maxReplicas: 5 } }, scaleTo(6)],
  ["more replicas", { type: "Scale", bounds: { minReplicas: 3 } }, scaleTo(2)],
])("denies what is allowed for %s only", (_what, spec, action) => {
  expect(actionAllowed(action, facts({ actions: known([sreAction(spec)]) }))).toMatchObject({
    code: "ACTION_NOT_ALLOWED",
  });
});

test("counts recorded revisions back", () => {
  const owner = { apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: "web-uid", controller: true };
  const revision = (number: number) =>
    workload({
      name: `web-${number}`,
      ownerReferences: [owner],
      annotations: { "deployment.kubernetes.io/revision": String(number) },
    });
  const given = (maxRevisionsBack: number) =>
    facts({
      actions: known([sreAction({ bounds: { maxRevisionsBack } })]),
      history: known({ replicaSets: [revision(1), revision(2), revision(4)], controllerRevisions: [], events: [] }),
    });
  expect(actionAllowed(ROLLBACK, given(2))).toBeNull();
  expect(actionAllowed(ROLLBACK, given(1))).toMatchObject({ code: "ACTION_NOT_ALLOWED" });
});

test.each([{ generation: 2 }, { uid: "another" }, { name: "renamed" }])(
  "denies under another SreAction than that of the proposal (%o)",
  (change) => {
    const now = sreAction();
    const given = executing({ actions: known([{ ...now, metadata: { ...now.metadata, ...change } }]) });
    expect(actionAllowed(ROLLBACK, given)).toMatchObject({ code: "ACTION_CHANGED" });
  },
);
