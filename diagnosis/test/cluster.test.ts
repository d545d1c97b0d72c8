import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import { type Fields, minutesAgo, waiting } from "./builders.ts";
import { app, found, object, revised } from "./objects.ts";

const node = (conditions: readonly Fields[], spec: Fields = {}) =>
  object("Node", "node-1", { spec, status: { conditions } });
const ready = { type: "Ready", status: "True" };
const pending = revised(
  app("web", { ready: false, status: { state: waiting("ContainerCreating") }, node: "" }),
  "Pod",
  {
    status: {
      phase: "Pending",
      conditions: [
        {
          type: "PodScheduled",
          status: "False",
          reason: "Unschedulable",
          message: "0/1 nodes are available: 1 node(s) were unschedulable.",
        },
      ],
    },
  },
);

const requiring = (expression: Fields): Fields => ({
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [expression] }] },
  },
});

describe("nodes", () => {
  test("one that is lost accounts for what ran on it", () => {
    const lost = {
      type: "Ready",
      status: "Unknown",
      reason: "NodeStatusUnknown",
      message: "Kubelet stopped posting node status.",
      lastHeartbeatTime: minutesAgo(9),
    };
    const findings = found([
      node([lost]),
      ...app("web", { ready: false, container: { readinessProbe: { exec: {} } } }),
    ]);
    expect(findings).toHaveLength(1);
    expect(findings[0]?.cause).toBe(
      `Node/node-1 has sent no status since ${minutesAgo(9)} (NodeStatusUnknown): its kubelet is down or cut off`,
    );
    expect(findings[0]?.explains.map(({ subject }) => subject.kind)).toEqual(
      expect.arrayContaining(["Pod", "Deployment"]),
    );
    expect(() => findingSchema.parse(findings[0])).not.toThrow();
  });

  test("one without a network plugin", () => {
    const broken = {
      type: "Ready",
      status: "False",
      reason: "KubeletNotReady",
      message: "container runtime network not ready: cni plugin not initialized",
    };
    expect(found([node([broken]), ...app("web")])[0]?.fix?.summary).toContain("network plugin");
  });

  test("one that lacks disk space", () => {
    expect(
      found([
        node([ready, { type: "DiskPressure", status: "True", message: "kubelet has disk pressure" }]),
        ...app("web"),
      ])[0]?.cause,
    ).toContain("Node/node-1 lacks disk space (DiskPressure)");
  });

  test.each<readonly [string, Fields, Fields]>([
    ["selector", { nodeSelector: { pool: "web" } }, {}],
    ["affinity", { affinity: requiring({ key: "pool", operator: "In", values: ["web"] }) }, {}],
    ["tolerations", {}, { taints: [{ key: "pool", value: "batch", effect: "NoSchedule" }] }],
    ["volume", { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] }, {}],
  ])("silent: one that is cordoned is not what pods wait for that could not run there by their %s", (_, spec, more) => {
    const waits = revised(pending, "Pod", { spec: { ...spec } });
    const terms = [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["old"] }] }];
    const volumes = [
      object("PersistentVolumeClaim", "data", { spec: { volumeName: "pv" }, status: { phase: "Bound" } }),
      object("PersistentVolume", "pv", { spec: { nodeAffinity: { required: { nodeSelectorTerms: terms } } } }),
    ];
    const findings = found([node([ready], { unschedulable: true, ...more }), ...waits, ...volumes]);
    expect(findings.filter(({ analyzer }) => analyzer === "node")).toEqual([]);
  });

  test("one that is cordoned while pods wait for it", () => {
    const findings = found([node([ready], { unschedulable: true }), ...pending]);
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      subject: { kind: "Node" },
      fix: { kind: "patch", patch: [{ path: "/spec/unschedulable", from: "true" }] },
    });
  });

  test("silent in one namespace: a node that runs nothing of it", () => {
    expect(found([node([{ type: "Ready", status: "Unknown" }])])).toEqual([]);
  });

  test("silent: a ready one, and maintenance that nobody waits for", () => {
    expect(found([node([ready, { type: "DiskPressure", status: "False" }])])).toEqual([]);
    expect(found([node([ready], { unschedulable: true }), ...app("web")])).toEqual([]);
  });
});

describe("namespaces", () => {
  const going = (minutes: number, conditions: readonly Fields[] = []) =>
    object("Namespace", "shop", {
      metadata: { deletionTimestamp: minutesAgo(minutes) },
      status: { phase: "Terminating", conditions },
    });

  test("one whose content is kept by a finalizer is explained by it", () => {
    const kept = object("ConfigMap", "kept", {
      metadata: { finalizers: ["backup.example.com/cleanup"], deletionTimestamp: minutesAgo(10) },
    });
    const remaining = {
      type: "NamespaceFinalizersRemaining",
      status: "True",
      message: "backup.example.com/cleanup in 1 resource instances",
    };
    const [finding, ...others] = found([going(10, [remaining]), kept]);
    expect(others).toEqual([]);
    expect(finding?.cause).toMatch(
      /^ConfigMap\/kept is being deleted since .* kept by finalizer backup.example.com\/cleanup/,
    );
    expect(finding?.explains.map(({ subject }) => subject.kind)).toContain("Namespace");
  });

  test("one that waits for an API that does not answer", () => {
    const failed = {
      type: "NamespaceDeletionDiscoveryFailure",
      status: "True",
      message: "unable to retrieve the complete list of server APIs: metrics.k8s.io/v1beta1",
    };
    const api = object("APIService", "v1beta1.metrics.k8s.io", {
      spec: { service: { namespace: "kube-system", name: "metrics-server" } },
      status: {
        conditions: [
          {
            type: "Available",
            status: "False",
            reason: "MissingEndpoints",
            message: "no endpoints",
            lastTransitionTime: minutesAgo(20),
          },
        ],
      },
    });
    const [finding, ...others] = found([going(10, [failed]), api]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ subject: { kind: "APIService" } });
  });

  test("silent: another namespace, and one whose pods still stop", () => {
    const other = object("Namespace", "other", { metadata: { deletionTimestamp: minutesAgo(10) } });
    const message = "kubernetes.io/pvc-protection in 1 resource instances";
    expect(found([other])).toEqual([]);
    expect(found([going(1, [{ type: "NamespaceFinalizersRemaining", status: "True", message }])])).toEqual([]);
  });

  test("silent: an ordinary deletion", () => {
    expect(found([going(1)])).toEqual([]);
  });
});
