import { findingSchema } from "@sre-agent/crds";
import fc from "fast-check";
import { expect, test } from "vitest";
import { diagnose, logsWanted, REQUIRED_KINDS, type Snapshot, type SnapshotObject } from "../src/index.ts";
import { crashing, deployment, event, pod, snapshot } from "./builders.ts";
import { app, CRASHING, ingressTo, object, service } from "./objects.ts";

/** Objects that make most analyzers look closely. */
const BASE: readonly SnapshotObject[] = [
  ...deployment([{ pods: [{}] }, { pods: [crashing(1)] }]),
  ...app("cart", CRASHING),
  pod("lone", crashing(137)),
  service("web"),
  ingressTo("web"),
  object("Node", "node-1", {
    spec: { taints: [{ key: "a", effect: "NoSchedule" }] },
    status: { conditions: [{ type: "Ready", status: "Unknown" }] },
  }),
  object("NetworkPolicy", "deny", { spec: { podSelector: {}, policyTypes: ["Ingress", "Egress"] } }),
  object("PersistentVolumeClaim", "data", { spec: { storageClassName: "x" }, status: { phase: "Pending" } }),
  object("HorizontalPodAutoscaler", "web", {
    spec: { scaleTargetRef: { kind: "Deployment", name: "web" } },
    status: { conditions: [{ type: "ScalingActive", status: "False" }] },
  }),
  object("PodDisruptionBudget", "web", {
    spec: { maxUnavailable: 0, selector: { matchLabels: { app: "web" } } },
    status: { disruptionsAllowed: 0 },
  }),
  object("Role", "r", { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }] }),
  object("RoleBinding", "r", {
    roleRef: { kind: "Role", name: "r" },
    subjects: [{ kind: "ServiceAccount", name: "x" }],
  }),
  object("ConfigMap", "settings", { data: { a: "b" } }),
  event(
    { kind: "Pod", name: "lone" },
    { reason: "FailedScheduling", message: "0/1 nodes are available: 1 Insufficient cpu." },
  ),
];

/** Any JSON value in place of any field below an object. */
const strange = fc.oneof(
  fc.constant(null),
  fc.constant(undefined),
  fc.integer(),
  fc.string(),
  fc.boolean(),
  fc.constant([]),
  fc.constant({}),
  fc.array(fc.constant(null)),
  fc.jsonValue({ maxDepth: 2 }),
);

type Path = readonly (string | number)[];

function pathsOf(value: unknown, path: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [path];
  return [
    path,
    ...Object.entries(value).flatMap(([key, child]) =>
      pathsOf(child, [...path, Array.isArray(value) ? Number(key) : key]),
    ),
  ];
}

function replaced(value: unknown, path: Path, by: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return by;
  const copy: Record<string | number, unknown> | unknown[] = Array.isArray(value)
    ? [...value]
    : { ...(value as object) };
  Object.assign(copy, { [key]: replaced((value as Record<string | number, unknown>)[key], rest, by) });
  return copy;
}

/** Identity stays: the API server sees to it. Everything below it may be anything. */
const IDENTITY = new Set(["apiVersion", "kind", "metadata.name", "metadata.namespace", "metadata.uid", "metadata"]);

const mutations = BASE.flatMap((base, position) =>
  pathsOf(base)
    .filter((path) => path.length > 0 && !IDENTITY.has(path.join(".")))
    .map((path) => ({ position, path })),
);

test("an object with any field of any shape stops no diagnosis, and every finding keeps the contract", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...mutations), strange), { minLength: 1, maxLength: 4 }),
      (changes) => {
        const objects = changes.reduce<readonly SnapshotObject[]>(
          (before, [{ position, path }, by]) =>
            before.map((each, index) =>
              index === position ? (replaced(each, existing(each, path), by) as SnapshotObject) : each,
            ),
          BASE,
        );
        const given: Snapshot = snapshot(
          objects,
          logsWanted(snapshot(objects)).map((request) => ({ ...request, text: "fatal: x" })),
        );
        for (const finding of diagnose(given)) findingSchema.parse(finding);
      },
    ),
    { numRuns: 300, seed: 11 },
  );
});

/** As much of the path as an earlier change has left. */
function existing(value: unknown, path: Path): Path {
  const kept: (string | number)[] = [];
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) break;
    kept.push(key);
    current = (current as Record<string | number, unknown>)[key];
  }
  return kept;
}

test("an object of each kind that has nothing but its identity stops no diagnosis", () => {
  const bare = REQUIRED_KINDS.map(({ kind }) => object(kind, "bare"));
  expect(() => diagnose(snapshot(bare))).not.toThrow();
  expect(REQUIRED_KINDS.length).toBeGreaterThan(25);
});
