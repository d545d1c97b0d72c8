import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { event, type Fields, minutesAgo } from "./builders.ts";
import { app, found, object } from "./objects.ts";

const sized = { resources: { requests: { cpu: "100m" } } };
const cpu = [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 70 } } }];
const ofContainer = (container: string) => [
  {
    type: "ContainerResource",
    containerResource: { name: "cpu", container, target: { type: "Utilization", averageUtilization: 70 } },
  },
];
const scaler = (spec: Fields = {}, status: Fields = {}) =>
  object("HorizontalPodAutoscaler", "web", {
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      ...{ minReplicas: 1, maxReplicas: 4, metrics: cpu, ...spec },
    },
    status,
  });
const state = (type: string, status: string, fields: Fields = {}) => ({
  conditions: [{ type, status, lastTransitionTime: minutesAgo(30), ...fields }],
});
const inactive = (message: string) => state("ScalingActive", "False", { reason: "FailedGetResourceMetric", message });
const budget = (name: string, spec: Fields, status: Fields = {}) =>
  object("PodDisruptionBudget", name, {
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
    status: { disruptionsAllowed: 0, expectedPods: 2, ...status },
  });
const two = app("web", { replicas: 2, container: sized });

const injected = two.map((one) =>
  one.kind === "Pod"
    ? {
        ...one,
        spec: {
          containers: [
            { name: "main", ...sized },
            { name: "proxy", ...sized },
          ],
        },
      }
    : one,
);

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly cause: RegExp;
  readonly severity?: string;
  readonly fix?: Fields;
}

const CASES: readonly Case[] = [
  {
    name: "a container without a request",
    given: [
      ...app("web"),
      scaler({}, inactive("failed to get cpu utilization: missing request for cpu in container main")),
    ],
    cause:
      /^HorizontalPodAutoscaler\/web scales by cpu utilization, and container main of Deployment\/web has no request for it \(spec.template.spec.containers\[main\].resources.requests.cpu\)$/,
  },
  {
    name: "a container without a request that is in no template",
    given: [...injected, scaler({}, inactive("missing request for cpu in container proxy of Pod web-0"))],
    cause: /scales by cpu utilization, and container proxy of Deployment\/web has no request for it/,
  },
  {
    name: "a version that the workload is not of",
    given: [
      ...two,
      scaler(
        { scaleTargetRef: { apiVersion: "extensions/v1beta1", kind: "Deployment", name: "web" } },
        state("AbleToScale", "False", { reason: "FailedGetScale", message: "no matches for kind Deployment" }),
      ),
    ],
    cause: /has spec.scaleTargetRef.apiVersion extensions\/v1beta1, and Deployment\/web is of apps\/v1$/,
    fix: { kind: "patch", patch: [{ path: "/spec/scaleTargetRef/apiVersion", to: '"apps/v1"' }] },
  },
  {
    name: "no custom metrics API",
    given: [
      ...two,
      scaler(
        {},
        state("ScalingActive", "False", {
          reason: "FailedGetPodsMetric",
          message: "unable to get metric rps: no metrics returned from custom metrics API",
        }),
      ),
    ],
    cause: /gets no metrics: nothing serves the API custom.metrics.k8s.io in this cluster$/,
  },
  {
    name: "an API of metrics that nobody registered, at once",
    given: [
      ...two,
      scaler(
        {},
        {
          conditions: [
            {
              ...{ type: "ScalingActive", status: "False", reason: "FailedGetPodsMetric" },
              lastTransitionTime: minutesAgo(1),
              message:
                "unable to fetch metrics from custom metrics API: no custom metrics API (custom.metrics.k8s.io) registered",
            },
          ],
        },
      ),
    ],
    cause: /gets no metrics: nothing serves the API custom.metrics.k8s.io in this cluster$/,
  },
  {
    name: "a budget that keeps the only pod",
    severity: "info",
    given: [...app("web"), budget("web", { minAvailable: 1 }, { expectedPods: 1 })],
    cause: /has spec.minAvailable 1 for the one pod of Deployment\/web: none may ever be evicted/,
  },
  {
    name: "a target of another name",
    given: [...two, scaler({ scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "wweb" } })],
    cause: /has spec.scaleTargetRef Deployment\/wweb, which does not exist; the nearest is Deployment\/web$/,
    fix: { kind: "patch", patch: [{ path: "/spec/scaleTargetRef/name", from: '"wweb"', to: '"web"' }] },
  },
  {
    name: "a target of another kind",
    given: [...app("web", { kind: "StatefulSet", container: sized }), scaler()],
    cause: /which does not exist; the nearest is StatefulSet\/web$/,
    fix: { kind: "patch", patch: [{ path: "/spec/scaleTargetRef/kind", to: '"StatefulSet"' }] },
  },
  {
    name: "a container that the pods do not have",
    given: [...two, scaler({ metrics: ofContainer("server") })],
    cause:
      /^HorizontalPodAutoscaler\/web measures container server \(spec.metrics\[0\].containerResource.container\), and the pods of Deployment\/web have no such container; theirs are main$/,
    fix: { kind: "patch", patch: [{ path: "/spec/metrics/0/containerResource/container", to: '"main"' }] },
  },
  {
    name: "no metrics API",
    given: [
      ...two,
      scaler(
        {},
        inactive(
          "unable to fetch metrics from resource metrics API: the server could not find the requested resource (get pods.metrics.k8s.io)",
        ),
      ),
    ],
    cause: /gets no metrics: nothing serves the API metrics.k8s.io in this cluster$/,
  },
  {
    name: "at its maximum for long",
    severity: "warning",
    given: [
      ...two,
      scaler(
        { maxReplicas: 2 },
        { currentReplicas: 2, ...state("ScalingLimited", "True", { reason: "TooManyReplicas" }) },
      ),
    ],
    cause: /wants more than spec.maxReplicas 2 for a long time$/,
  },
  {
    name: "a budget that allows none",
    severity: "warning",
    given: [...two, budget("web", { maxUnavailable: 0 })],
    cause:
      /^PodDisruptionBudget\/web has spec.maxUnavailable 0 for the 2 pods of Deployment\/web: none may ever be evicted/,
  },
  {
    name: "a budget that asks for all",
    severity: "warning",
    given: [...two, budget("web", { minAvailable: "100%" })],
    cause: /has spec.minAvailable 100% for the 2 pods/,
  },
  {
    name: "a budget that holds a drain up",
    given: [...two, budget("web", { minAvailable: 2 }), object("Node", "node-1", { spec: { unschedulable: true } })],
    cause: /a drain of their nodes waits for ever \(Node\/node-1 is cordoned\)$/,
  },
  {
    name: "an eviction that was refused",
    given: [
      ...two,
      budget("web", { minAvailable: 2 }),
      event(
        { kind: "Pod", name: "web-0" },
        { reason: "EvictionBlocked", message: "Cannot evict pod as it would violate the pod's disruption budget." },
      ),
    ],
    cause: /an eviction was refused/,
  },
  {
    name: "two budgets for the same pods",
    severity: "warning",
    given: [
      ...two,
      budget("a", { maxUnavailable: 1 }, { disruptionsAllowed: 1 }),
      budget("b", { maxUnavailable: 1 }, { disruptionsAllowed: 1 }),
    ],
    cause: /^PodDisruptionBudget\/a \(app=web\) and PodDisruptionBudget\/b \(app=web\) select the same pods/,
  },
  {
    name: "a budget for nothing",
    severity: "warning",
    given: [...two, budget("web", { selector: { matchLabels: { app: "webb" } } })],
    cause: /selects app=webb, which no pod carries; the nearest is app=web$/,
  },
];

describe("autoscalers and budgets", () => {
  test.each(CASES)("$name", ({ given, cause, severity, fix }) => {
    const findings = found(given);
    expect(findings.map((finding) => finding.cause)).toEqual([expect.stringMatching(cause)]);
    expect(findings[0]?.severity).toBe(severity ?? "error");
    expect(findings[0]?.fix).toMatchObject(fix ?? { kind: "decision" });
    expect(() => findingSchema.parse(findings[0])).not.toThrow();
  });

  test.each<readonly [string, readonly SnapshotObject[]]>([
    ["an autoscaler that works", [...two, scaler({}, state("ScalingActive", "True"))]],
    [
      "one that is off at zero replicas",
      [...app("web", { replicas: 0 }), scaler({}, state("ScalingActive", "False", { reason: "ScalingDisabled" }))],
    ],
    [
      "one that waits for its first metric",
      [
        ...two,
        scaler(
          {},
          {
            conditions: [
              {
                type: "ScalingActive",
                status: "False",
                lastTransitionTime: minutesAgo(1),
                message: "no metrics returned",
              },
            ],
          },
        ),
      ],
    ],
    [
      "one that scales by an amount",
      [
        ...app("web"),
        scaler({ metrics: [{ type: "Resource", resource: { name: "cpu", target: { averageValue: "1" } } }] }),
      ],
    ],
    ["a custom target", [...two, scaler({ scaleTargetRef: { kind: "Rollout", name: "web" } })]],
    ["a budget that allows one", [...two, budget("web", { maxUnavailable: 1 }, { disruptionsAllowed: 1 })]],
    ["a budget that waits for pods to be ready", [...app("web", { replicas: 2 }), budget("web", { minAvailable: 1 })]],
    ["a container that admission put into the pods", [...injected, scaler({ metrics: ofContainer("proxy") })]],
    ["the container by its name", [...two, scaler({ metrics: ofContainer("main") })]],
  ])("silent: %s", (_, given) => {
    expect(found(given)).toEqual([]);
  });
});
