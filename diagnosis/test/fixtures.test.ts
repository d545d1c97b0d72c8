import { readFileSync } from "node:fs";
import { findingSchema } from "@sre-agent/crds";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diagnose, logsWanted, type Snapshot, type SnapshotObject } from "../src/index.ts";
import { crashing, deployment, log, snapshot } from "./builders.ts";

/** Faults made on a real cluster (Kubernetes 1.34), as its API server sent them. */
function fixture(name: string): Snapshot {
  return JSON.parse(readFileSync(new URL(`./fixtures/${name}.json`, import.meta.url), "utf8"));
}

const EXPECTED = [
  [
    "crash",
    "crash-loop",
    /^container web exits 1 right after start: "fatal: DATABASE_URL is not set"; .+ does not set DATABASE_URL; revision 2 removed env DATABASE_URL /,
    1,
  ],
  [
    "image",
    "image-pull",
    /registry\.invalid\/shop\/web:v2-typo of container web cannot be pulled: the name of its registry does not resolve; revision 2 changed /,
    1,
  ],
  ["oom", "oom-kill", /needs more than its limit of 24Mi$/, undefined],
  [
    "stuck",
    "not-ready",
    /connection refused \(probe httpGet :9090\/\); revision 2 changed .*httpGet\.port from 8080 to 9090$/,
    1,
  ],
  ["config", "start-failure", /ConfigMap shop-settings does not exist in its namespace \(.+\); revision 2 added /, 1],
] as const;

describe("real faults", () => {
  test.each(EXPECTED)("%s", (...[name, analyzer, cause, toRevision]) => {
    const findings = diagnose(fixture(name));
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      analyzer,
      cause: expect.stringMatching(cause),
      subject: { kind: "Deployment", name: "shop" },
    });
    expect(findings[0]?.fix).toMatchObject(
      toRevision === undefined ? { kind: "decision" } : { kind: "action", action: { parameters: { toRevision } } },
    );
    expect(findingSchema.parse(findings[0])).toEqual(findings[0]);
  });

  test("a password in an env of theirs is never printed", () => {
    expect(JSON.stringify(fixture("crash"))).toContain("canary-password");
    expect(JSON.stringify(diagnose(fixture("crash")))).not.toContain("canary");
  });

  test("the change says when it was made and by which client", () => {
    expect(diagnose(fixture("crash"))[0]?.change).toMatchObject({
      object: { kind: "Deployment", name: "shop" },
      what: expect.stringMatching(/^revision 2 removed env DATABASE_URL /),
      at: "2026-11-24T08:59:36Z",
      by: "kubectl-client-side-apply",
    });
  });

  test("the stuck rollout is told as a symptom", () => {
    expect(diagnose(fixture("stuck"))[0]?.explains[0]?.symptom).toMatch(/ProgressDeadlineExceeded/);
  });

  test("their healthy objects alone are silent", () => {
    const { objects, ...rest } = fixture("image");
    const healthy = objects.filter(
      ({ kind, metadata }) => kind === "Pod" && metadata.name.startsWith("shop-7bcfcb9d9"),
    );
    expect(healthy).toHaveLength(1);
    expect(diagnose({ ...rest, objects: healthy })).toEqual([]);
  });
});

const everything = (): Snapshot => {
  const all = EXPECTED.map(([name]) => fixture(name));
  return {
    now: all.map(({ now }) => now).sort()[0] ?? "",
    namespaces: all.flatMap(({ namespaces }) => namespaces),
    objects: all.flatMap(({ objects }) => objects),
    logs: all.flatMap(({ logs }) => logs),
    gaps: [],
  };
};

/** Three pods of one template that each say something else, beside a workload of the same name in another namespace. */
function rivals(): Snapshot {
  const objects = deployment([{}, { pods: [crashing(1), crashing(2), crashing(3)] }], { replicas: 3 });
  const logs = objects
    .filter(({ kind }) => kind === "Pod")
    .map(({ metadata }) => log(metadata.name, `fatal: ${metadata.name}`));
  return { ...snapshot([...objects, ...objects.map((object) => inNamespace(object, "other"))]), logs };
}

test.each([
  ["real faults", everything(), 5],
  ["rival pods", rivals(), 2],
])("the order of objects and logs never changes the result: %s", (_, given, count) => {
  const expected = { findings: diagnose(given), logs: logsWanted(given) };
  expect(expected.findings).toHaveLength(count);
  const shuffle = <T>(items: readonly T[]) => fc.shuffledSubarray([...items], { minLength: items.length });
  fc.assert(
    fc.property(shuffle(given.objects), shuffle(given.logs), (objects, logs) => {
      const permuted = { ...given, objects, logs };
      expect({ findings: diagnose(permuted), logs: logsWanted(permuted) }).toEqual(expected);
    }),
    { numRuns: 50, seed: 1 },
  );
});

test("each broken workload of 20 namespaces of 60 is named once", () => {
  expect(diagnose(fleet({ namespaces: 20, workloads: 60 }))).toHaveLength(40);
});

/** Workloads with two revisions and three pods each; the first two of every namespace crash. */
function fleet(size: { readonly namespaces: number; readonly workloads: number }): Snapshot {
  const places = Array.from({ length: size.namespaces }, (_, number) => `team-${number}`);
  const objects = places.flatMap((place) =>
    Array.from({ length: size.workloads }, (_, number) => {
      const pods = number < 2 ? [crashing(1), crashing(1), crashing(1)] : [{}, {}, {}];
      const container = { env: [{ name: "TOKEN", value: `token-of-${place}-${number}` }] };
      const built = deployment([{ container }, { container, pods }], { name: `w${number}`, replicas: 3 });
      return built.map((object) => inNamespace(object, place));
    }).flat(),
  );
  return { ...snapshot(objects), namespaces: places };
}

function inNamespace(object: SnapshotObject, namespace: string): SnapshotObject {
  const { metadata } = object;
  const owners = metadata.ownerReferences?.map((owner) => ({ ...owner, uid: `${namespace}/${owner.uid}` }));
  const placed = { ...metadata, namespace, uid: `${namespace}/${metadata.uid}` };
  return { ...object, metadata: owners ? { ...placed, ownerReferences: owners } : placed };
}
