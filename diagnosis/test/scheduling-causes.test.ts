import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { type Fields, minutesAgo } from "./builders.ts";
import { app, found, object, ownedBy, revised } from "./objects.ts";

const NONE = "0/1 nodes are available: ";

/** A Deployment with one pod that the scheduler leaves, with these words. */
function pending(message: string, spec: Fields = {}, labels: Fields = { app: "web" }): SnapshotObject[] {
  const status = {
    phase: "Pending",
    conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: `${NONE}${message}` }],
  };
  return revised(app("web", { ready: false, spec: { nodeName: undefined, ...spec }, labels }), "Pod", {
    metadata: { creationTimestamp: minutesAgo(5) },
    status,
  });
}

const mounts = { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] };
const claim = (spec: Fields = {}) =>
  object("PersistentVolumeClaim", "data", { spec: { volumeName: "pv-1", ...spec }, status: { phase: "Bound" } });
const node = object("Node", "n-2", { metadata: { labels: { "kubernetes.io/hostname": "n-2" } } });
const volumeOn = (...hosts: readonly string[]) =>
  object("PersistentVolume", "pv-1", {
    spec: {
      claimRef: { name: "data", namespace: "shop" },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: hosts }] }],
        },
      },
    },
    status: { phase: "Bound" },
  });

describe("a volume of another node", () => {
  test.each([
    "1 node(s) didn't match PersistentVolume's node affinity.",
    "1 node(s) had volume node affinity conflict.",
  ])("is named with the nodes it asks for: %s", (message) => {
    const [finding, ...others] = found([...pending(message, mounts), claim(), volumeOn("n-1"), node]);
    expect(others).toEqual([]);
    expect(finding?.cause).toBe(
      "no node takes 1 pod: PersistentVolume/pv-1, to which its claim data is bound, is reachable from nodes with kubernetes.io/hostname in (n-1) alone (spec.nodeAffinity.required), and no node is one",
    );
    expect(finding?.evidence.map(({ value }) => value)).toContain("n-2");
  });

  test("a node reaches it and is ruled out by something else", () => {
    const message = "1 node(s) didn't match PersistentVolume's node affinity.";
    const [finding] = found([...pending(message, mounts), claim(), volumeOn("n-1", "n-2"), node]);
    expect(finding?.cause).toMatch(/: n-2, which its other rules or its requests rule out$/);
  });

  test("a volume without such rules stays with the general words", () => {
    const volume = object("PersistentVolume", "pv-1", { spec: {}, status: { phase: "Bound" } });
    const [finding] = found([...pending("1 node(s) had volume node affinity conflict.", mounts), claim(), volume]);
    expect(finding?.cause).toMatch(/is reachable from other nodes than the ones that would take it$/);
  });
});

const IN_USE =
  "1 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod.";

test("a claim that is being deleted", () => {
  const message = 'persistentvolumeclaim "data" is being deleted.';
  const gone = claim();
  const deleted = { ...gone, metadata: { ...gone.metadata, deletionTimestamp: minutesAgo(9) } };
  const [finding] = found([...pending(message, mounts), deleted, volumeOn("n-2"), node]);
  expect(finding?.cause).toMatch(
    /its claim data is being deleted \(since .*\), and stays only until the pods that use it/,
  );
  expect(finding?.fix?.summary).toMatch(/^save the data of claim data first/);
});

describe("a claim for one pod", () => {
  const exclusive = claim({ accessModes: ["ReadWriteOncePod"] });
  const other = (name: string) => app(name, { spec: mounts });

  test("is held by another workload", () => {
    const [finding] = found([...pending(IN_USE, mounts), ...other("batch"), exclusive]);
    expect(finding?.cause).toBe(
      "no node takes 1 pod: its claim data has accessModes ReadWriteOncePod, one pod at a time, and pod batch-0 uses it",
    );
  });

  test("is held by a pod of its own", () => {
    const own = app("web", { replicas: 2, spec: mounts });
    const second = pending(IN_USE, mounts).find(({ kind }) => kind === "Pod");
    const given = own.map((one) => (one.metadata.name === "web-0" && second ? second : one));
    const [finding] = found([...given, exclusive]);
    expect(finding?.cause).toMatch(/and pod web-1 of the same Deployment uses it$/);
    expect(finding?.fix?.summary).toMatch(/^run one replica with strategy Recreate/);
  });

  test("is held by the pod that an update waits to replace", () => {
    const strategy = { rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } };
    const uid = (name: string) => ({
      ownerReferences: [{ kind: "ReplicaSet", name, uid: `uid-ReplicaSet-${name}`, controller: true }],
    });
    const owner = ownedBy("Deployment", "web");
    const [workload, old] = app("web", { spec: mounts });
    const second = pending(IN_USE, mounts).find(({ kind }) => kind === "Pod");
    if (workload === undefined || old === undefined || second === undefined) throw new Error("no pods");
    const given = [
      { ...workload, spec: { ...(workload["spec"] as Fields), strategy } },
      ...["web-r1", "web-r2"].map((name) => object("ReplicaSet", name, { metadata: owner })),
      { ...old, metadata: { ...old.metadata, ...uid("web-r1") } },
      { ...second, metadata: { ...second.metadata, ...uid("web-r2"), name: "web-new", uid: "uid-new" } },
    ] as SnapshotObject[];
    const [finding] = found([...given, exclusive]);
    expect(finding?.cause).toMatch(
      /and its own older pod web-0 uses it, which the update keeps .*: the rollout waits for itself/,
    );
    expect(finding?.fix).toMatchObject({
      kind: "patch",
      patch: [
        { path: "/spec/strategy/rollingUpdate/maxUnavailable" },
        { path: "/spec/strategy/rollingUpdate/maxSurge" },
      ],
    });
  });

  test("silent: one pod that uses it", () => {
    expect(found([...other("batch"), exclusive])).toEqual([]);
  });
});

describe("a pod that keeps others off", () => {
  const message = "1 node(s) didn't satisfy existing pods anti-affinity rules.";
  const labels = { app: "web", tier: "backend" };
  const repelling = (term: Fields) =>
    app("cache", {
      spec: {
        affinity: {
          podAntiAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "kubernetes.io/hostname", ...term }],
          },
        },
      },
    });
  const backend = { labelSelector: { matchLabels: { tier: "backend" } } };

  test("is named with its rule", () => {
    const [finding, ...others] = found([...pending(message, {}, labels), ...repelling(backend)]);
    expect(others).toEqual([]);
    expect(finding?.cause).toBe(
      "no node takes 1 pod: spec.template.spec.affinity.podAntiAffinity of Deployment/cache lets no pod with tier=backend into the same kubernetes.io/hostname, and the pods of Deployment/web carry that",
    );
  });

  test.each([
    ["a rule about other labels", { labelSelector: { matchLabels: { tier: "front" } } }],
    ["a rule about another namespace", { ...backend, namespaces: ["bank"] }],
  ])("is not taken for one with %s", (_, term) => {
    const [finding] = found([...pending(message, {}, labels), ...repelling(term)]);
    expect(finding?.cause).toBe(
      "no node takes 1 pod: a pod that runs already keeps it off by a required podAntiAffinity of its own",
    );
  });

  test("silent: both run", () => {
    expect(found([...app("web", { labels }), ...repelling(backend)])).toEqual([]);
  });
});
