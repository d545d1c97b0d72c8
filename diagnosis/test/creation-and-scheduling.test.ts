import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { event, type Fields, minutesAgo } from "./builders.ts";
import { app, found, object } from "./objects.ts";

/** A Deployment whose ReplicaSet the API server refuses pods with these words. */
function refused(message: string, spec: Fields = {}): SnapshotObject[] {
  const [owner] = app("web", { pods: 0, spec });
  const references = [{ kind: "Deployment", name: "web", uid: "uid-Deployment-web", controller: true }];
  const set = object("ReplicaSet", "web-1", {
    metadata: { ownerReferences: references, annotations: { "deployment.kubernetes.io/revision": "1" } },
    spec: { replicas: 1 },
    status: { replicas: 0 },
  });
  return [
    ...(owner ? [owner] : []),
    set,
    event({ kind: "ReplicaSet", name: "web-1" }, { reason: "FailedCreate", message }),
  ];
}

/** A Deployment with one pod that the scheduler leaves, with these words. */
function pending(message: string, spec: Fields = {}, container: Fields = {}): SnapshotObject[] {
  const [owner] = app("web", { pods: 1, ready: false, spec, container });
  const references = [{ kind: "Deployment", name: "web", uid: "uid-Deployment-web", controller: true }];
  const containers = [{ name: "main", image: "app:1", ...container }];
  const pod = object("Pod", "web-0", {
    metadata: { ownerReferences: references, labels: { app: "web" }, creationTimestamp: minutesAgo(5) },
    spec: { containers, ...spec },
    status: {
      phase: "Pending",
      conditions:
        message === ""
          ? []
          : [
              {
                type: "PodScheduled",
                status: "False",
                reason: spec["schedulingGates"] ? "SchedulingGated" : "Unschedulable",
                message,
              },
            ],
    },
  });
  return [...(owner ? [owner] : []), pod];
}

function node(name: string, fields: Fields = {}, labels: Fields = {}): SnapshotObject {
  return object("Node", name, {
    metadata: { labels },
    status: { allocatable: { cpu: "4", memory: "8Gi" } },
    ...fields,
  });
}

const quota = object("ResourceQuota", "compute", { spec: { hard: { pods: "2" } }, status: { used: { pods: "2" } } });
const NONE = "0/1 nodes are available: ";

interface Case {
  readonly name: string;
  readonly given: readonly SnapshotObject[];
  readonly subject: string;
  readonly cause: RegExp;
  readonly fix?: object;
}

const CREATION: readonly Case[] = [
  {
    name: "a quota that is used up",
    given: [
      ...refused(
        'pods "web-1-x" is forbidden: exceeded quota: compute, requested: pods=1, used: pods=2, limited: pods=2',
      ),
      quota,
    ],
    subject: "ResourceQuota/compute",
    cause:
      /^ResourceQuota compute is used up, so that pods of Deployment web cannot be created \(pods: 2 of 2 used, one more pod asks 1\)$/,
  },
  {
    name: "a pod that asks more than the whole quota",
    given: refused("exceeded quota: compute, requested: requests.cpu=8, used: requests.cpu=0, limited: requests.cpu=2"),
    subject: "Deployment/web",
    cause: /^one pod of Deployment web asks more than ResourceQuota compute allows altogether/,
  },
  {
    name: "a quota that demands limits",
    given: [...refused("failed quota: compute: must specify limits.cpu for: main; limits.memory for: main"), quota],
    subject: "Deployment/web",
    cause:
      /does not set limits\.cpu of container main; limits\.memory of container main .*which ResourceQuota compute demands/,
  },
  {
    name: "a LimitRange",
    given: [
      ...refused('pods "web-1-x" is forbidden: maximum memory usage per Container is 128Mi, but limit is 512Mi'),
      object("LimitRange", "sizes", { spec: { limits: [{ type: "Container", max: { memory: "128Mi" } }] } }),
    ],
    subject: "Deployment/web",
    cause: /breaks LimitRange sizes: maximum memory usage per Container is 128Mi, but limit is 512Mi$/,
  },
  {
    name: "the ratio of a LimitRange",
    given: [
      ...refused(
        'pods "web-1-x" is forbidden: cpu max limit to request ratio per Container is 4, but provided ratio is 20.000000',
        {
          containers: [
            { name: "side", image: "s:1" },
            { name: "main", image: "m:1", resources: { limits: { cpu: "200m" }, requests: { cpu: "10m" } } },
          ],
        },
      ),
      object("LimitRange", "sizes", { spec: { limits: [{ type: "Container", maxLimitRequestRatio: { cpu: "4" } }] } }),
    ],
    subject: "Deployment/web",
    cause:
      /^Deployment web \(spec\.template\.spec\.containers\[main\]\.resources: limits\.cpu 200m, requests\.cpu 10m\) breaks LimitRange sizes: cpu max limit/,
  },
  {
    name: "a ServiceAccount that is not there, with one that is near",
    given: [
      ...refused(
        'pods "web-1-" is forbidden: error looking up service account shop/web-sa: serviceaccount "web-sa" not found',
        { serviceAccountName: "web-sa" },
      ),
      object("ServiceAccount", "web"),
    ],
    subject: "Deployment/web",
    cause:
      /runs as ServiceAccount web-sa \(spec\.template\.spec\.serviceAccountName\), which does not exist in namespace shop \(web does\)$/,
    fix: { kind: "decision" },
  },
  {
    name: "a ServiceAccount that is misspelt",
    given: [
      ...refused(
        'pods "web-1-" is forbidden: error looking up service account shop/wbe: serviceaccount "wbe" not found',
        {
          serviceAccountName: "wbe",
        },
      ),
      object("ServiceAccount", "web"),
    ],
    subject: "Deployment/web",
    cause: /which does not exist in namespace shop \(web does\)$/,
    fix: { kind: "patch", patch: [{ path: "/spec/template/spec/serviceAccountName", from: '"wbe"', to: '"web"' }] },
  },
  {
    name: "Pod Security",
    given: refused(
      'pods "web-1-x" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false',
    ),
    subject: "Deployment/web",
    cause: /breaks Pod Security level restricted, which namespace shop enforces .*allowPrivilegeEscalation != false$/,
  },
  {
    name: "any other refusal",
    given: refused("Pod is invalid: spec.volumes[0].name: Duplicate value"),
    subject: "Deployment/web",
    cause: /^the API server refuses the pods of Deployment web: Pod is invalid/,
  },
];

const SCHEDULING: readonly Case[] = [
  {
    name: "a request above every node",
    given: [...pending(`${NONE}1 Insufficient cpu.`, {}, { resources: { requests: { cpu: "64" } } }), node("n1")],
    subject: "Deployment/web",
    cause:
      /container main requests 64 of cpu \(spec\.template\.spec\.containers\[main\]\.resources\.requests\.cpu\), more than any node has \(the largest, n1, has 4\)$/,
  },
  {
    name: "a request for which there is no room now",
    given: [
      ...pending(`${NONE}1 Insufficient memory.`, {}, { resources: { requests: { memory: "6Gi" } } }),
      node("n1"),
    ],
    subject: "Deployment/web",
    cause: /container main requests 6Gi of memory, and no node has as much left$/,
  },
  {
    name: "a label of no node, where the nodes agree on another value",
    given: [
      ...pending(`${NONE}1 node(s) didn't match Pod's node affinity/selector.`, { nodeSelector: { disk: "sdd" } }),
      node("n1", {}, { disk: "ssd" }),
    ],
    subject: "Deployment/web",
    cause:
      /spec\.template\.spec\.nodeSelector asks for disk=sdd, which no node that would take it carries \(nodes have disk=ssd\)$/,
    fix: { kind: "patch", patch: [{ path: "/spec/template/spec/nodeSelector/disk", from: '"sdd"', to: '"ssd"' }] },
  },
  {
    name: "a required affinity",
    given: [
      ...pending(`${NONE}1 node(s) didn't match Pod's node affinity/selector.`, {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchExpressions: [{ key: "zone", operator: "In", values: ["eu-9"] }] }],
            },
          },
        },
      }),
      node("n1", {}, { zone: "eu-1" }),
    ],
    subject: "Deployment/web",
    cause: /nodeAffinity asks for zone in \(eu-9\), .*nodes have zone=eu-1/,
  },
  {
    name: "a taint",
    given: [
      ...pending(`${NONE}1 node(s) had untolerated taint {dedicated: gpu}.`),
      node("n1", { spec: { taints: [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }] } }),
    ],
    subject: "Deployment/web",
    cause: /it does not tolerate the taint dedicated=gpu:NoSchedule of node n1/,
  },
  {
    name: "a port of the node that another pod holds",
    given: [
      ...pending(
        `${NONE}1 node(s) didn't have free ports for the requested pod ports.`,
        {},
        { ports: [{ containerPort: 80, hostPort: 8080 }] },
      ),
      ...app("proxy", { container: { ports: [{ containerPort: 80, hostPort: 8080 }] } }),
    ],
    subject: "Deployment/web",
    cause: /hostPort 8080 .*is held by pod shop\/proxy-0$/,
  },
  {
    name: "anti-affinity on too few nodes",
    given: [
      ...pending(`${NONE}1 node(s) didn't match pod anti-affinity rules.`, {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [
              { topologyKey: "kubernetes.io/hostname", labelSelector: { matchLabels: { app: "web" } } },
            ],
          },
        },
      }),
      node("n1"),
    ],
    subject: "Deployment/web",
    cause: /podAntiAffinity lets no two pods share a kubernetes\.io\/hostname \(app=web\) and there is 1 node$/,
  },
  {
    name: "a topology spread",
    given: pending(`${NONE}1 node(s) didn't match pod topology spread constraints.`, {
      topologySpreadConstraints: [{ topologyKey: "zone", maxSkew: 1, whenUnsatisfiable: "DoNotSchedule" }],
    }),
    subject: "Deployment/web",
    cause: /topologySpreadConstraints \(zone with maxSkew 1, DoNotSchedule\) cannot be met$/,
  },
  {
    name: "a gate that nobody removes",
    given: pending("Scheduling is blocked due to non-empty scheduling gates", {
      schedulingGates: [{ name: "example.com/quota" }],
    }),
    subject: "Deployment/web",
    cause: /scheduling gate example\.com\/quota .* was never removed/,
  },
  {
    name: "a scheduler of another name",
    given: pending("", { schedulerName: "fast-scheduler" }),
    subject: "Deployment/web",
    cause: /schedulerName names scheduler fast-scheduler, which has not looked at it$/,
  },
  {
    name: "a node that does not exist",
    given: [...pending("", { nodeName: "n7" }), node("n1")],
    subject: "Deployment/web",
    cause: /nodeName names node n7, which does not exist$/,
  },
  {
    name: "a claim that does not exist, with one that is near",
    given: [
      ...pending('persistentvolumeclaim "dta" not found', {
        volumes: [{ name: "d", persistentVolumeClaim: { claimName: "dta" } }],
      }),
      object("PersistentVolumeClaim", "data", { status: { phase: "Bound" } }),
    ],
    subject: "Deployment/web",
    cause: /PersistentVolumeClaim dta \(.+claimName\) does not exist in namespace shop; data does$/,
    fix: {
      kind: "patch",
      patch: [{ path: "/spec/template/spec/volumes/0/persistentVolumeClaim/claimName", from: '"dta"', to: '"data"' }],
    },
  },
];

const claim = (spec: Fields, status: Fields = { phase: "Pending" }) =>
  object("PersistentVolumeClaim", "data", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "5Gi" } }, ...spec },
    status,
  });
const volume = (spec: Fields, status: Fields = { phase: "Available" }) =>
  object("PersistentVolume", "pv-1", {
    metadata: { namespace: undefined },
    spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "5Gi" }, ...spec },
    status,
  });
const mounting = pending(`${NONE}pod has unbound immediate PersistentVolumeClaims.`, {
  volumes: [{ name: "d", persistentVolumeClaim: { claimName: "data" } }],
});

const VOLUMES: readonly Case[] = [
  {
    name: "a class that does not exist explains the pods that wait",
    given: [...mounting, claim({ storageClassName: "fast" }), object("StorageClass", "standard")],
    subject: "PersistentVolumeClaim/data",
    cause: /spec\.storageClassName names StorageClass fast, which does not exist \(the cluster has standard\)$/,
  },
  {
    name: "a volume that is too small",
    given: [
      ...mounting,
      claim({ storageClassName: "manual" }),
      volume({ storageClassName: "manual", capacity: { storage: "1Gi" } }),
    ],
    subject: "PersistentVolumeClaim/data",
    cause:
      /PersistentVolume pv-1 does not fit: the claim asks resources\.requests\.storage 5Gi, the volume offers 1Gi$/,
  },
  {
    name: "a volume of another access mode",
    given: [
      ...mounting,
      claim({ storageClassName: "manual", accessModes: ["ReadWriteMany"] }),
      volume({ storageClassName: "manual" }),
    ],
    subject: "PersistentVolumeClaim/data",
    cause: /the claim asks accessModes ReadWriteMany, the volume offers ReadWriteOnce$/,
  },
  {
    name: "a volume that an earlier claim holds",
    given: [
      ...mounting,
      claim({ storageClassName: "manual", volumeName: "pv-1" }),
      volume(
        { storageClassName: "manual", claimRef: { namespace: "shop", name: "old", uid: "u-old" } },
        { phase: "Released" },
      ),
    ],
    subject: "PersistentVolumeClaim/data",
    cause: /PersistentVolume pv-1 is held by claim shop\/old \(spec\.claimRef, phase Released\)$/,
  },
  {
    name: "a volume that is gone",
    given: [claim({ volumeName: "pv-9" }, { phase: "Lost" })],
    subject: "PersistentVolumeClaim/data",
    cause: /PersistentVolume pv-9, to which it was bound, is gone$/,
  },
  {
    name: "a provisioner that fails",
    given: [
      ...mounting,
      claim({ storageClassName: "cloud" }),
      object("StorageClass", "cloud", { provisioner: "csi.example.com" }),
      event(
        { kind: "PersistentVolumeClaim", name: "data" },
        { reason: "ProvisioningFailed", message: "quota of disks exceeded" },
      ),
    ],
    subject: "PersistentVolumeClaim/data",
    cause: /provisioner csi\.example\.com failed: quota of disks exceeded$/,
  },
];

describe.each([
  ["pods that are not created", CREATION],
  ["pods that no node takes", SCHEDULING],
  ["claims without a volume", VOLUMES],
] as const)("%s", (_, cases) => {
  test.each(cases)("$name", ({ given, subject, cause, fix = {} }) => {
    const findings = found(given);
    expect(findings.map((one) => `${one.subject.kind}/${one.subject.name}`)).toEqual([subject]);
    expect(findings[0]?.cause).toMatch(cause);
    expect(findings[0]?.fix).toMatchObject(fix);
    expect(findingSchema.parse(findings[0])).toEqual(findings[0]);
  });
});

test("a preempted workload is a symptom of the winner's priority", () => {
  const winner = object("Pod", "batch-0", {
    metadata: { uid: "uid-winner" },
    spec: { priorityClassName: "urgent", priority: 1000 },
    status: { phase: "Running", conditions: [{ type: "Ready", status: "True" }] },
  });
  const lost = event(
    { kind: "Pod", name: "web-old" },
    { reason: "Preempted", message: "Preempted by pod uid-winner on node n1", type: "Normal" },
  );
  const [first, ...others] = found([
    ...pending(`${NONE}1 Insufficient cpu.`),
    winner,
    lost,
    object("PriorityClass", "urgent", { value: 1000, globalDefault: true }),
  ]);
  expect(others).toEqual([]);
  expect(first).toMatchObject({ analyzer: "preemption", subject: { kind: "PriorityClass", name: "urgent" } });
  expect(first?.explains.map(({ subject }) => `${subject.kind}/${subject.name}`)).toEqual(
    expect.arrayContaining(["Deployment/web", "Pod/web-0"]),
  );
});

const SILENT: readonly (readonly [string, readonly SnapshotObject[]])[] = [
  [
    "a refusal that was overcome",
    refused("exceeded quota: q").map((one) => (one.kind === "ReplicaSet" ? { ...one, spec: { replicas: 0 } } : one)),
  ],
  [
    "a refusal long ago",
    refused("exceeded quota: q").map((one) => (one.kind === "Event" ? { ...one, lastTimestamp: minutesAgo(60) } : one)),
  ],
  ["a quota that is full while nobody wants more", [quota, ...app("web")]],
  [
    "a claim that waits for its first consumer",
    [
      claim({ storageClassName: "local" }),
      object("StorageClass", "local", { provisioner: "x", volumeBindingMode: "WaitForFirstConsumer" }),
    ],
  ],
  [
    "a claim that is bound",
    [
      claim({ volumeName: "pv-1" }, { phase: "Bound" }),
      volume({ claimRef: { name: "data", namespace: "shop" } }, { phase: "Bound" }),
    ],
  ],
  [
    "a pod that was created a moment ago",
    pending("").map((one) =>
      one.kind === "Pod" ? { ...one, metadata: { ...one.metadata, creationTimestamp: minutesAgo(0.1) } } : one,
    ),
  ],
];

test.each(SILENT)("silent: %s", (_, given) => {
  const alarms = found(given).filter(
    ({ severity, analyzer }) =>
      severity !== "info" && ["quota", "unbound-claim", "unschedulable", "creation-refused"].includes(analyzer),
  );
  expect(alarms).toEqual([]);
});
