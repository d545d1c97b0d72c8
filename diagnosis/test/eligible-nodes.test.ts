import { expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { type Fields, minutesAgo } from "./builders.ts";
import { app, found, object, revised } from "./objects.ts";

/** Nodes that a pod could never use keep it off nothing, whatever the scheduler says about them. */
const OTHERS = ", 1 node(s) were unschedulable, 2 node(s) had untolerated taint(s).";

function pending(message: string, spec: Fields = {}, labels: Fields = { app: "web" }): SnapshotObject[] {
  const text = `0/4 nodes are available: ${message}`;
  const status = {
    phase: "Pending",
    conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: text }],
  };
  return revised(app("web", { ready: false, spec: { nodeName: undefined, ...spec }, labels }), "Pod", {
    metadata: { creationTimestamp: minutesAgo(5) },
    status,
  });
}

const node = (name: string, labels: Fields = {}, spec: Fields = {}) =>
  object("Node", name, {
    metadata: { labels: { "kubernetes.io/hostname": name, ...labels } },
    spec,
    status: { allocatable: { cpu: "4", memory: "8Gi" } },
  });
const CORDON = {
  unschedulable: true,
  taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }],
};
const tainted = (key: string) => ({ taints: [{ key, value: "yes", effect: "NoSchedule" }] });
/** A pool of its own, one that is broken, and one in maintenance. */
const pools = [
  node("gpu-1", { pool: "gpu" }, tainted("gpu")),
  node("gone-1", {}, tainted("node.kubernetes.io/unreachable")),
  node("batch-1", { pool: "batch" }, CORDON),
];
const data = { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] };
const claim = (spec: Fields = {}) =>
  object("PersistentVolumeClaim", "data", { spec: { volumeName: "pv-1", ...spec }, status: { phase: "Bound" } });
const volumeAt = (host: string) => {
  const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In", values: [host] }];
  return object("PersistentVolume", "pv-1", {
    spec: { nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions }] } } },
    status: { phase: "Bound" },
  });
};
const backend = { labelSelector: { matchLabels: { tier: "backend" } }, topologyKey: "kubernetes.io/hostname" };
const apart = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [backend] } };
const tier = { app: "web", tier: "backend" };
const zoned = { topologyKey: "topology.kubernetes.io/zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" };

const CASES: readonly (readonly [string, readonly SnapshotObject[], string, RegExp])[] = [
  [
    "a claim that another pod has",
    [
      ...pending(
        `1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod${OTHERS}`,
        data,
      ),
      claim({ accessModes: ["ReadWriteOncePod"] }),
      ...app("batch", { spec: data }),
      ...pools,
      node("lab"),
    ],
    "no node takes 1 pod: its claim data has accessModes ReadWriteOncePod, one pod at a time, and pod batch-0 uses it",
    /^decide which workload/,
  ],
  [
    "a volume at a node that is gone",
    [
      ...pending(`1 node(s) didn't match PersistentVolume's node affinity${OTHERS}`, data),
      ...[claim(), volumeAt("lab-old"), ...pools, node("lab")],
    ],
    "no node takes 1 pod: PersistentVolume/pv-1, to which its claim data is bound, is reachable from nodes with kubernetes.io/hostname in (lab-old) alone (spec.nodeAffinity.required), and no node is one",
    /^bring back the node/,
  ],
  [
    "a label that its node lacks",
    [
      ...pending(`1 node(s) didn't match pod topology spread constraints (missing required label)${OTHERS}`, {
        topologySpreadConstraints: [zoned],
      }),
      ...[...pools, node("lab")],
    ],
    "no node takes 1 pod: spec.template.spec.topologySpreadConstraints (topology.kubernetes.io/zone with maxSkew 1, DoNotSchedule) asks for nodes with label topology.kubernetes.io/zone, and no node that it may use has it (lab)",
    /^label the nodes with their topology\.kubernetes\.io\/zone/,
  ],
  [
    "the pods of another workload that its rule means as well",
    [
      ...pending(`1 node(s) didn't match pod anti-affinity rules${OTHERS}`, { affinity: apart }, tier),
      ...[...app("postings", { labels: { app: "postings", tier: "backend" } }), ...pools, node("lab")],
    ],
    "no node takes 1 pod: spec.template.spec.affinity.podAntiAffinity lets it share no kubernetes.io/hostname with pods labelled tier=backend, and the pods of Deployment/postings carry that as well",
    /^narrow the labelSelector of .* \(its own labels tell them from those of Deployment\/postings\)/,
  ],
  [
    "the one node that it asks for is tainted",
    [
      ...pending(`2 node(s) didn't match Pod's node affinity/selector${OTHERS}`, { nodeSelector: { pool: "gpu" } }),
      ...[...pools, node("lab")],
    ],
    "no node takes 1 pod: it does not tolerate the taint gpu=yes:NoSchedule of node gpu-1 (spec.template.spec.tolerations)",
    /^add a toleration for gpu=yes:NoSchedule/,
  ],
  [
    "two labels that no node has together",
    [
      ...pending(`1 node(s) didn't match Pod's node affinity/selector${OTHERS}`, {
        nodeSelector: { pool: "gpu", "kubernetes.io/hostname": "lab" },
      }),
      ...[...pools, node("lab")],
    ],
    "no node takes 1 pod: spec.template.spec.nodeSelector asks for pool=gpu and kubernetes.io/hostname=lab, all at once, which no node that would take it carries",
    /^correct spec\.template\.spec\.nodeSelector/,
  ],
  [
    "a node that is too small, beside larger ones of others",
    [
      ...pending(`1 Insufficient cpu${OTHERS}`, {
        containers: [{ name: "main", resources: { requests: { cpu: "3" } } }],
      }),
      ...[...pools, { ...node("lab"), status: { allocatable: { cpu: "2" } } }],
    ],
    "no node takes 1 pod: container main requests 3 of cpu (spec.template.spec.containers[main].resources.requests.cpu), more than any node that it may use has (the largest, lab, has 2)",
    /^lower /,
  ],
  [
    "nodes that were not read",
    pending(`1 node(s) didn't match pod topology spread constraints${OTHERS}`, { topologySpreadConstraints: [zoned] }),
    "no node takes 1 pod: spec.template.spec.topologySpreadConstraints (topology.kubernetes.io/zone with maxSkew 1, DoNotSchedule) cannot be met; node (not seen) is cordoned (spec.unschedulable true)",
    /^correct the topology key/,
  ],
];

test.each(CASES)("%s", (_, given, cause, decide) => {
  const findings = found(given).filter(({ subject }) => subject.name === "web");
  expect(findings.map((one) => one.cause)).toEqual([cause]);
  expect(findings[0]?.fix).toEqual({ kind: "decision", summary: expect.stringMatching(decide) });
});

test("a pod that tolerates the taint may use the node", () => {
  const tolerations = [{ key: "gpu", operator: "Exists" }];
  const given = [...pending(`1 Insufficient cpu${OTHERS}`, { tolerations, nodeSelector: { pool: "gpu" } }), ...pools];
  expect(found(given)[0]?.cause).toBe("no node takes 1 pod: no node has enough cpu left");
});

test("the one node that it asks for, and is cordoned, is the cause, with the selector that leads there", () => {
  const message = `2 node(s) didn't match Pod's node affinity/selector${OTHERS}`;
  const findings = found([...pending(message, { nodeSelector: { pool: "batch" } }), ...pools, node("lab")]);
  expect(findings.map(({ subject }) => `${subject.kind}/${subject.name}`)).toContain("Node/batch-1");
  const explained = findings.flatMap(({ explains }) => explains.map(({ symptom }) => symptom)).join();
  expect(explained).toContain(
    "node batch-1, the only one that spec.template.spec.nodeSelector pool=batch allows, is cordoned",
  );
  expect(explained).not.toContain("asks for");
});

test("what a node's condition keeps off it in its first seconds leaves the cordon a cause", () => {
  const taints = [{ key: "node.kubernetes.io/not-ready", effect: "NoSchedule" }];
  const given = [...pending("1 node(s) were unschedulable", { nodeSelector: { pool: "batch" } })];
  const findings = found([...given, node("batch-1", { pool: "batch" }, { ...CORDON, taints }), node("lab")]);
  expect(findings.map(({ cause }) => cause).join()).toContain("Node/batch-1 is cordoned");
});
