import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { event, type Fields, minutesAgo } from "./builders.ts";
import { app, found, object, ownedBy } from "./objects.ts";

const owned = ownedBy("Deployment", "web");

/** A Deployment whose ReplicaSet the API server refuses pods with these words. */
function refused(message: string, parts: Parameters<typeof app>[1] = {}): readonly SnapshotObject[] {
  const [owner] = app("web", { pods: 0, ...parts });
  const set = object("ReplicaSet", "web-1", { metadata: owned, spec: { replicas: 1 }, status: { replicas: 0 } });
  const failed = event({ kind: "ReplicaSet", name: "web-1" }, { reason: "FailedCreate", message });
  return [...(owner ? [owner] : []), set, failed];
}

describe("pods that the API server refuses", () => {
  const tooMuch =
    'Pod "web-x" is invalid: spec.containers[0].resources.requests: Invalid value: "64Mi": must be less than or equal to memory limit of 32Mi';
  const range = (memory: string) =>
    object("LimitRange", "defaults", { spec: { limits: [{ type: "Container", default: { memory } }] } });
  const requests = { container: { resources: { requests: { memory: "64Mi" } } } };

  test("a default limit below the request of a container", () => {
    const [finding, ...others] = found([range("32Mi"), ...refused(tooMuch, requests)]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "limit-range",
      subject: { kind: "Deployment", name: "web" },
      cause:
        "container main of Deployment web requests memory 64Mi and sets no limit (spec.template.spec.containers[main].resources), so that LimitRange defaults gives it the limit 32Mi (spec.limits[Container].default.memory), below its request",
      fix: { kind: "decision" },
    });
  });

  test("another LimitRange is not blamed for it", () => {
    expect(found([range("48Mi"), ...refused(tooMuch, requests)])[0]?.cause).not.toContain("LimitRange");
  });

  test("the parameters of a policy that are not there, whose binding is named", () => {
    const given = refused(
      "pods \"web-x\" is forbidden: ValidatingAdmissionPolicy 'caps' with binding 'caps-shop' denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction",
    );
    expect(found(given)).toMatchObject([
      {
        subject: { kind: "Deployment", name: "web" },
        cause:
          "ValidatingAdmissionPolicyBinding/caps-shop of ValidatingAdmissionPolicy/caps refuses the pods of Deployment web whatever they are: spec.paramRef of the binding finds no parameter object, and its parameterNotFoundAction is Deny",
        fix: { kind: "decision" },
      },
    ]);
  });

  test("a quota that counts some pods alone", () => {
    const given = refused(
      'pods "web-x" is forbidden: exceeded quota: crit, requested: pods=1, used: pods=0, limited: pods=0',
    );
    const scope = { scopeName: "PriorityClass", operator: "In", values: ["crit"] };
    const scoped = (spec: Fields) => object("ResourceQuota", "crit", { spec: { hard: { pods: "0" }, ...spec } });
    expect(found([scoped({ scopeSelector: { matchExpressions: [scope] } }), ...given])[0]?.cause).toBe(
      "one pod of Deployment web asks more than ResourceQuota crit, which counts pods with PriorityClass In (crit) alone, allows altogether (pods: 0 of 0 used, one more pod asks 1)",
    );
    expect(found([scoped({}), ...given])[0]?.cause).toMatch(
      /^one pod of Deployment web asks more than ResourceQuota crit allows/,
    );
    expect(found([scoped({ scopeSelector: { matchExpressions: [scope] } }), ...app("web")])).toEqual([]);
  });

  test("another refusal of a policy keeps its words", () => {
    const given = refused(
      "pods \"web-x\" is forbidden: ValidatingAdmissionPolicy 'caps' with binding 'caps-shop' denied request: too many",
    );
    expect(found(given)[0]?.cause).toMatch(/denied request: too many$/);
  });

  test("a PriorityClass that is not there, with the nearest one", () => {
    const given = refused('pods "web-" is forbidden: no PriorityClass with name batch-higgh was found', {
      spec: { priorityClassName: "batch-higgh" },
    });
    expect(found([object("PriorityClass", "batch-high"), ...given])[0]).toMatchObject({
      cause:
        "spec.template.spec.priorityClassName of Deployment web is batch-higgh, and no PriorityClass of that name exists; the nearest is batch-high",
      fix: { kind: "patch", patch: [{ path: "/spec/template/spec/priorityClassName", to: '"batch-high"' }] },
    });
  });

  test("a RuntimeClass that is not there", () => {
    const given = refused('pods "web-" is forbidden: pod rejected: RuntimeClass "gvisor" not found', {
      spec: { runtimeClassName: "gvisor" },
    });
    expect(found(given)[0]).toMatchObject({
      cause: "spec.template.spec.runtimeClassName of Deployment web is gvisor, and no RuntimeClass of that name exists",
      fix: { kind: "decision" },
    });
  });
});

describe("pod affinity that no pod meets", () => {
  const term = (labels: Fields) => ({ labelSelector: { matchLabels: labels }, topologyKey: "kubernetes.io/hostname" });
  const pending = (...terms: readonly Fields[]): readonly SnapshotObject[] => {
    const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: terms } };
    const [owner] = app("web", { pods: 1, ready: false, spec: { affinity } });
    const message = "0/1 nodes are available: 1 node(s) didn't match pod affinity rules.";
    const pod = object("Pod", "web-0", {
      metadata: { ...owned, labels: { app: "web" }, creationTimestamp: minutesAgo(5) },
      spec: { affinity, containers: [] },
      status: {
        phase: "Pending",
        conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }],
      },
    });
    return [...(owner ? [owner] : []), pod];
  };
  const redis = app("redis", { labels: { "app.kubernetes.io/name": "redis", tier: "cache" } });
  const cause = (objects: readonly SnapshotObject[]) => found(objects)[0]?.cause;

  test("the label that was meant is named", () => {
    expect(cause([...redis, ...pending(term({ tier: "cache" }), term({ app: "redis" }))])).toContain(
      "podAffinity asks for a running pod in the same kubernetes.io/hostname (app=redis), and no pod in namespace shop has these labels; the pods of Deployment/redis are labelled app.kubernetes.io/name=redis",
    );
  });

  test("pods of another namespace that have the labels are named", () => {
    const bank = app("redis", { labels: { app: "redis" }, namespace: "bank" });
    expect(cause([...bank, ...pending(term({ app: "redis" }))])).toMatch(
      /no pod in namespace shop has these labels; those of namespace bank do, which the term does not name$/,
    );
  });

  test("a pod of these labels elsewhere is not absent", () => {
    expect(cause([...redis, ...pending(term({ tier: "cache" }))])).not.toContain("has these labels");
    const far = { ...term({ app: "redis" }), namespaces: ["unseen"] };
    expect(cause([...redis, ...pending(far)])).not.toContain("has these labels");
  });
});

test("nodes that hold as many pods as they may", () => {
  const [owner] = app("web", { pods: 1, ready: false });
  const message = "0/1 nodes are available: 1 Too many pods. no new claims to deallocate.";
  const conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
  const pod = object("Pod", "web-0", {
    metadata: { ...owned, labels: { app: "web" }, creationTimestamp: minutesAgo(5) },
    spec: { containers: [] },
    status: { phase: "Pending", conditions },
  });
  const node = object("Node", "node-1", { status: { allocatable: { pods: "110", cpu: "4" } } });
  expect(found([...(owner ? [owner] : []), pod, node])[0]).toMatchObject({
    subject: { kind: "Deployment", name: "web" },
    cause: "no node takes 1 pod: 1 node holds as many pods as it may (status.allocatable.pods: node-1 110)",
    fix: { kind: "decision" },
  });
});

describe("two autoscalers of one workload", () => {
  const scaler = (name: string, target: string) =>
    object("HorizontalPodAutoscaler", name, {
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target }, maxReplicas: 3 },
      status: {
        conditions: [
          {
            type: "ScalingActive",
            status: "False",
            reason: "AmbiguousSelector",
            message: "pods by selector app=web are controlled by multiple HPAs: [shop/a shop/b]",
            lastTransitionTime: minutesAgo(30),
          },
        ],
      },
    });

  test("are told once", () => {
    const [finding, ...others] = found([...app("web"), scaler("b", "web"), scaler("a", "web")]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      severity: "error",
      subject: { name: "a" },
      cause:
        "HorizontalPodAutoscaler/a and HorizontalPodAutoscaler/b have the same spec.scaleTargetRef Deployment/web: the controller lets none of them scale it",
      fix: { kind: "decision" },
    });
  });

  test("silent: one that was read twice", () => {
    const well = { ...scaler("web", "web"), status: {} };
    expect(found([...app("web"), well, { ...well }])).toEqual([]);
  });

  test("silent: one for each workload", () => {
    const well = (name: string) => ({ ...scaler(name, name), status: {} });
    expect(found([...app("web"), ...app("api"), well("web"), well("api")])).toEqual([]);
  });
});
