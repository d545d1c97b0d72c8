import type { FieldPatch, Finding, Fix } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import { patchedObject } from "../src/findings/patched-object.ts";
import { withSoundPatches } from "../src/findings/sound-patches.ts";
import { indexSnapshot, objectsAt, type SnapshotObject } from "../src/index.ts";
import { type Fields, snapshot } from "./builders.ts";
import { app, object, service } from "./objects.ts";

/** What becomes of a patch of the target, whatever analyzer proposed it. */
function gated(target: SnapshotObject, patch: readonly FieldPatch[], read: readonly SnapshotObject[] = [target]): Fix {
  const subject = { kind: target.kind, name: target.metadata.name, namespace: target.metadata.namespace };
  const finding = {
    id: "any:1",
    severity: "error",
    namespace: "shop",
    subject,
    cause: "it is wrong",
    evidence: [],
    explains: [],
    fix: { kind: "patch", target: subject, patch, summary: "put it right" },
  } as unknown as Finding;
  const [result] = withSoundPatches([finding], { index: indexSnapshot(snapshot(read)), drafts: [] }, () => []);
  expect(result).toMatchObject({ id: "any:1", cause: "it is wrong" });
  return result?.fix as Fix;
}

const reasonOf = (fix: Fix) => (fix.kind === "decision" ? fix.summary : fix.kind);
const edit = (path: string, from?: unknown, to?: unknown): FieldPatch => ({
  path,
  ...(from === undefined ? {} : { from: JSON.stringify(from) }),
  ...(to === undefined ? {} : { to: JSON.stringify(to) }),
});

const container = {
  env: [{ name: "URL", value: "a" }],
  resources: { limits: { memory: "1Gi" } },
  livenessProbe: { httpGet: { path: "/", port: 8080, host: "127.0.0.1" } },
  securityContext: {
    runAsNonRoot: true,
    runAsUser: 1000,
    capabilities: { drop: ["ALL", "CHOWN"], add: ["NET_ADMIN"] },
  },
};
const [web] = app("web", { container }) as [SnapshotObject];
const MAIN = "/spec/template/spec/containers/0";

describe("a patch that fits stays one", () => {
  test.each([
    ["a value for another", web, edit(`${MAIN}/env/0/value`, "a", "b")],
    ["an entry for the end of a list", web, edit(`${MAIN}/env/-`, undefined, { name: "B", value: "b" })],
    ["a field that was absent", web, edit("/spec/template/spec/serviceAccountName", undefined, "web")],
    [
      "a step with a slash",
      object("Node", "a", { metadata: { labels: { "a/b": "c" } } }),
      edit("/metadata/labels/a~1b", "c", "d"),
    ],
    ["a name for a number of a target port", service("web"), edit("/spec/ports/0/targetPort", 8080, "http")],
  ])("%s", (_, target, patch) => expect(gated(target, [patch]).kind).toBe("patch"));

  test("each field is tried on what the fields before it made", () => {
    const ports = [edit("/spec/ports/0/name", "http"), edit("/spec/ports/0/name", undefined, "web")];
    expect(gated(service("web"), ports).kind).toBe("patch");
    expect(reasonOf(gated(service("web"), ports.toReversed()))).toContain("has another value");
  });
});

test("an entry comes to stand where the pointer says", () => {
  const first = edit(`${MAIN}/env/0`, undefined, { name: "A", value: "a" });
  const last = edit(`${MAIN}/env/-`, undefined, { name: "Z", value: "z" });
  const gone = edit(`${MAIN}/env/1`, { name: "Z", value: "z" });
  const namesAfter = (...patch: readonly FieldPatch[]) => {
    const patched = patchedObject(web, patch) as SnapshotObject;
    return objectsAt(patched, "spec", "template", "spec", "containers").flatMap(({ env }) =>
      (env as Fields[]).map(({ name }) => name),
    );
  };
  expect(namesAfter(last)).toEqual(["URL", "Z"]);
  expect(namesAfter(last, gone)).toEqual(["URL"]);
  expect(patchedObject(web, [first])).toBe(`${MAIN}/env/0 has another value`);
});

describe("a patch that does not fit is for a person", () => {
  test.each([
    ["another value", edit(`${MAIN}/env/0/value`, "z", "b"), `${MAIN}/env/0/value has another value`],
    ["no value", edit(`${MAIN}/env/1/value`, "a", "b"), `there is nothing for ${MAIN}/env/1/value to stand in`],
    ["a place beyond a list", edit(`${MAIN}/env/2`, undefined, {}), `there is nothing for ${MAIN}/env/2 to stand in`],
    ["an absent field", edit(`${MAIN}/image2`, "a", "b"), `${MAIN}/image2 is absent`],
    ["a value where none should be", edit(`${MAIN}/image`, undefined, "b"), `${MAIN}/image has another value`],
    ["a name that every object has", edit("/spec/__proto__/x", undefined, "b"), "there is nothing for"],
    [
      "a number for a text",
      edit(`${MAIN}/env/0/value`, "a", 5),
      `${MAIN}/env/0/value takes a string, and 5 is a number`,
    ],
    ["a text for a number", edit("/spec/replicas", 1, "2"), '/spec/replicas takes a number, and "2" is a string'],
  ])("%s", (_, patch, reason) => {
    expect(gated(web, [patch])).toEqual({
      kind: "decision",
      summary: expect.stringContaining(`put it right; for a person to decide, since ${reason}`),
    });
  });

  test("an object that was not read", () =>
    expect(reasonOf(gated(web, [edit("/spec/paused", undefined, true)], []))).toContain("the object was not read"));
});

/** Each was tried on an API server with a dry run: what it refuses, and what it lets change beside that. */
test.each<readonly [kind: string, fields: Fields, refused: string, allowed: string]>([
  [
    "Deployment",
    { spec: { selector: { matchLabels: { a: "x" } }, replicas: "x" } },
    "/spec/selector/matchLabels/a",
    "/spec/replicas",
  ],
  ["DaemonSet", { spec: { selector: "x", template: "x" } }, "/spec/selector", "/spec/template"],
  ["StatefulSet", { spec: { serviceName: "x", template: { spec: "x" } } }, "/spec/serviceName", "/spec/template/spec"],
  ["Job", { spec: { template: { spec: "x" }, backoffLimit: "x" } }, "/spec/template/spec", "/spec/backoffLimit"],
  ["Pod", { spec: { containers: [{ image: "x" }], nodeName: "x" } }, "/spec/nodeName", "/spec/containers/0/image"],
  ["Service", { spec: { clusterIP: "x", type: "x" } }, "/spec/clusterIP", "/spec/type"],
  [
    "PersistentVolumeClaim",
    { spec: { storageClassName: "x", resources: { requests: { storage: "x" } } } },
    "/spec/storageClassName",
    "/spec/resources/requests/storage",
  ],
  [
    "PersistentVolume",
    { spec: { hostPath: { path: "x" }, claimRef: { name: "x" } } },
    "/spec/hostPath/path",
    "/spec/claimRef/name",
  ],
  ["StorageClass", { provisioner: "x", allowVolumeExpansion: "x" }, "/provisioner", "/allowVolumeExpansion"],
  ["RoleBinding", { roleRef: { name: "x" }, subjects: [{ name: "x" }] }, "/roleRef/name", "/subjects/0/name"],
  ["PriorityClass", { value: "x", description: "x" }, "/value", "/description"],
  ["IngressClass", { spec: { controller: "x", parameters: "x" } }, "/spec/controller", "/spec/parameters"],
  ["EndpointSlice", { addressType: "x", ports: [{ name: "x" }] }, "/addressType", "/ports/0/name"],
  [
    "ConfigMap",
    { immutable: true, data: { a: "x" }, metadata: { annotations: { a: "x" } } },
    "/data/a",
    "/metadata/annotations/a",
  ],
  ["Secret", { type: "x", data: { a: "x" } }, "/type", "/data/a"],
  ["PodDisruptionBudget", { spec: { selector: "x" }, status: "x" }, "/status", "/spec/selector"],
])("what never changes of a %s is no patch", (kind, fields, refused, allowed) => {
  const target = object(kind, "it", fields);
  expect(reasonOf(gated(target, [edit(refused, "x", "y")]))).toContain(
    `${refused} of a ${kind} never changes: it has to be made anew`,
  );
  expect(gated(target, [edit(allowed, "x", "y")]).kind).toBe("patch");
});

test("a custom kind that is a namesake has its own rules", () => {
  const own = { ...object("Service", "web", { spec: { clusterIP: "x" } }), apiVersion: "serving.example.com/v1" };
  expect(gated(own, [edit("/spec/clusterIP", "x", "y")]).kind).toBe("patch");
});

describe("nothing that protects is taken away", () => {
  const { livenessProbe, securityContext } = container;
  const policy = object("NetworkPolicy", "in", { spec: { policyTypes: ["Ingress", "Egress"], egress: [] } });
  const budget = object("PodDisruptionBudget", "web", { spec: { minAvailable: 2 } });

  test.each([
    ["a probe", web, edit(`${MAIN}/livenessProbe`, livenessProbe), "livenessProbe"],
    ["how it asks", web, edit(`${MAIN}/livenessProbe/httpGet`, livenessProbe.httpGet), "livenessProbe"],
    ["a limit", web, edit(`${MAIN}/resources/limits/memory`, "1Gi"), "resources/limits/memory"],
    [
      "all limits, by what is above them",
      web,
      edit(`${MAIN}/resources`, container.resources, {}),
      "resources/limits/memory",
    ],
    ["a switch", web, edit(`${MAIN}/securityContext/runAsNonRoot`, true, false), "securityContext/runAsNonRoot"],
    ["a user that is not root", web, edit(`${MAIN}/securityContext/runAsUser`, 1000, 0), "securityContext/runAsUser"],
    ["a dropped capability", web, edit(`${MAIN}/securityContext/capabilities/drop/0`, "ALL"), "capabilities/drop/ALL"],
    ["a budget", budget, edit("/spec/minAvailable", 2), "/spec/minAvailable"],
    ["a direction of a policy", policy, edit("/spec/policyTypes/1", "Egress"), "/spec/policyTypes/Egress"],
  ])("%s", (_, target, patch, lost) => {
    expect(reasonOf(gated(target, [patch]))).toMatch(new RegExp(`since it would drop \\S*${lost}$`));
  });

  test("nor scaled to zero", () =>
    expect(reasonOf(gated(web, [edit("/spec/replicas", 1, 0)]))).toContain("since it would scale to zero"));

  test.each([
    ["where a probe asks", web, edit(`${MAIN}/livenessProbe/httpGet/host`, "127.0.0.1")],
    ["a limit that is raised", web, edit(`${MAIN}/resources/limits/memory`, "1Gi", "2Gi")],
    ["a granted capability", web, edit(`${MAIN}/securityContext/capabilities/add`, securityContext.capabilities.add)],
    [
      "the order of capabilities",
      web,
      edit(`${MAIN}/securityContext/capabilities/drop`, ["ALL", "CHOWN"], ["CHOWN", "ALL"]),
    ],
    ["a rule more", policy, edit("/spec/egress", [], [{ ports: [{ port: 53 }] }])],
  ])("%s may change", (_, target, patch) => expect(gated(target, [patch]).kind).toBe("patch"));
});
