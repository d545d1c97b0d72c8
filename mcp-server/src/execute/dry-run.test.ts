import type { KubeObject, Previewer } from "@sre-agent/kube";
import { expect, test } from "vitest";
import type { Workload } from "../facts/workload.ts";
import type { Plan } from "../plans/plan.ts";
import { dryRun } from "./dry-run.ts";

const target = {
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", namespace: "shop", uid: "u1", generation: 1, resourceVersion: "1" },
  spec: { replicas: 2 },
  status: { readyReplicas: 1 },
} as unknown as Workload;

const plan: Plan = {
  premise: {},
  preImage: {},
  diff: [],
  write: { verb: "patch", group: "apps", resource: "deployments", name: "web" },
  effect: { kind: "patch", patch: [{ op: "replace", path: "/spec/replicas", value: 3 }], declares: ["/spec/replicas"] },
};

/** The API server's answer to the dry run: what was asked, and `more`. */
function answering(more: object): Previewer {
  const after = { ...target, spec: { replicas: 3 }, ...more } as unknown as KubeObject;
  return { patch: async () => after } as unknown as Previewer;
}

test("is clean when only the status moved meanwhile", async () => {
  const previewer = answering({ status: { readyReplicas: 2, updatedReplicas: 1 } });
  expect(await dryRun(previewer, { plan, target }, AbortSignal.timeout(1_000))).toBeNull();
});

test("is clean when the API server counts the templates of a DaemonSet", async () => {
  const { metadata } = target;
  const annotations = { "deprecated.daemonset.template.generation": "2" };
  const previewer = answering({ metadata: { ...metadata, annotations } });
  expect(await dryRun(previewer, { plan, target }, AbortSignal.timeout(1_000))).toBeNull();
});

test("names a field that a webhook would set besides", async () => {
  const previewer = answering({ spec: { replicas: 3, paused: true } });
  expect(await dryRun(previewer, { plan, target }, AbortSignal.timeout(1_000))).toMatchObject({
    code: "DRY_RUN_DIFFERS",
    message: expect.stringContaining("/spec/paused"),
  });
});
