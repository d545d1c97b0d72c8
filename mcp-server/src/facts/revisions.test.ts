import { expect, test } from "vitest";
import { planFor } from "../plans/planner.ts";
import { previousRevision } from "../plans/rollback.ts";
import { currentRevision } from "./revisions.ts";
import type { ControllerRevision, PodTemplate, Workload } from "./workload.ts";

const base = { resourceVersion: "1", creationTimestamp: "2026-01-01T00:00:00Z", namespace: "shop" };
const template = (image: string): PodTemplate => ({
  metadata: { labels: { app: "db" } },
  spec: { containers: [{ name: "db", image, env: [{ name: "TOKEN", value: `canary-${image}` }] }] },
});

function target(kind: string, image: string): Workload {
  const metadata = { ...base, name: "db", uid: "db-uid", annotations: {} };
  return { apiVersion: "apps/v1", kind, metadata, spec: { template: template(image) } };
}

function recorded(revision: number, image: string, owner = "db-uid"): ControllerRevision {
  const ownerReferences = [{ apiVersion: "apps/v1", kind: "StatefulSet", name: "db", uid: owner, controller: true }];
  const metadata = { ...base, name: `db-${revision}`, uid: `rev-${revision}`, ownerReferences };
  // As the controllers write it: a patch that replaces the template.
  const held = { ...template(image), $patch: "replace" } as PodTemplate;
  return { apiVersion: "apps/v1", kind: "ControllerRevision", metadata, revision, data: { spec: { template: held } } };
}

const live = (kind: string, image: string, controllerRevisions: readonly ControllerRevision[]) => ({
  target: target(kind, image),
  replicaSets: [],
  events: [],
  controllerRevisions,
});

test.each(["StatefulSet", "DaemonSet"])("a %s goes back to a ControllerRevision, and knows its way back", (kind) => {
  const given = live(kind, "db:3", [recorded(1, "db:1"), recorded(3, "db:3"), recorded(2, "db:2", "another")]);
  expect(previousRevision(given)).toBe(1);
  const at = { apiVersion: "apps/v1", kind, namespace: "shop", name: "db", uid: "db-uid" };
  const plan = planFor({ type: "Rollback", target: at, parameters: { toRevision: 1 } }, given, "act-1");
  expect(plan).toMatchObject({
    premise: { uid: "db-uid", revision: "3", controllerRevision: "rev-1" },
    inverse: { parameters: { toRevision: 3 } },
    effect: {
      patch: expect.arrayContaining([{ op: "replace", path: "/spec/template", value: template("db:1") }]),
    },
  });
  const { effect: _effect, ...stored } = plan as typeof plan & { readonly effect: unknown };
  expect(JSON.stringify(stored)).not.toContain("canary");
});

test("a revision that was returned to runs under its new number", () => {
  const given = live("StatefulSet", "db:1", [recorded(4, "db:1"), recorded(3, "db:3")]);
  expect(currentRevision(given.target, given)).toBe(4);
  expect(previousRevision(given)).toBe(3);
});

test("a template that its controller has not recorded yet cannot be judged", () => {
  expect(previousRevision(live("DaemonSet", "db:5", [recorded(1, "db:1")]))).toMatchObject({
    code: "NO_PREVIOUS_REVISION",
  });
});

test("pods that are replaced in order need a person's or an eviction's help when one never gets ready", () => {
  const action = (kind: string) => ({
    type: "Rollback" as const,
    target: { apiVersion: "apps/v1", kind, namespace: "shop", name: "db", uid: "db-uid" },
    parameters: { toRevision: 1 },
  });
  const diffOf = (kind: string) => {
    const plan = planFor(action(kind), live(kind, "db:3", [recorded(1, "db:1"), recorded(3, "db:3")]), "act-1");
    return "code" in plan ? [] : plan.diff;
  };
  expect(diffOf("StatefulSet").join()).toContain("evicted afterwards");
  expect(diffOf("DaemonSet").join()).not.toContain("evicted");
});
