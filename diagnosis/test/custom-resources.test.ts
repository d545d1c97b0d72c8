import { findingSchema } from "@sre-agent/crds";
import { describe, expect, test } from "vitest";
import type { SnapshotObject } from "../src/index.ts";
import { type Fields, minutesAgo } from "./builders.ts";
import { app, CRASHING, editedBy, found, object, ownedBy } from "./objects.ts";

const says = (fields: Fields = {}) => ({
  type: "Ready",
  status: "False",
  reason: "InvalidSpec",
  message: 'spec.watering.interval: "often" is not a duration',
  lastTransitionTime: minutesAgo(3),
  ...fields,
});

function plot(conditions: readonly Fields[], { metadata = {}, spec = {}, status = {} }: Parts = {}): SnapshotObject {
  return {
    ...object("Plot", "north", {
      metadata: { generation: 1, ...metadata },
      spec: { crop: "barley", watering: { interval: "often", token: "s3cret" }, ...spec },
      status: { observedGeneration: 1, conditions, ...status },
    }),
    apiVersion: "farm.example.net/v1",
  };
}

interface Parts {
  readonly metadata?: Fields;
  readonly spec?: Fields;
  readonly status?: Fields;
}

const edited = editedBy("kubectl-edit", "spec", "crop");
const behind: Parts = { metadata: { generation: 2, ...edited }, status: { observedGeneration: 1 } };
const operator = (ready: boolean) => app("farm-operator", { ready, replicas: ready ? 1 : 0, pods: ready ? 1 : 0 });

describe("a custom resource that is not reconciled", () => {
  test.each([
    [
      "names the field of the message",
      says(),
      /^Plot\/north is not reconciled: Ready is False \(InvalidSpec\): .*; spec\.watering\.interval is often$/,
    ],
    ["finds the field by the value", says({ message: 'no such crop "barley"' }), /; spec\.crop is barley$/],
    [
      "does not show what the message does not say",
      says({ message: "spec.watering.token is too short" }),
      /; spec\.watering\.token is <not shown>$/,
    ],
    ["names a field that is absent", says({ message: "spec.rows is required" }), /; spec\.rows is absent$/],
    [
      "is stalled",
      says({ type: "Stalled", status: "True", reason: "BuildFailed", message: "quota" }),
      /: Stalled is True \(BuildFailed\): quota$/,
    ],
    [
      "waits for long",
      says({ reason: "Progressing", message: "working", lastTransitionTime: minutesAgo(20) }),
      /\(Progressing\): working$/,
    ],
  ])("%s", (_, condition, cause) => {
    const [finding, ...others] = found([plot([condition])]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      analyzer: "custom-resource",
      subject: { kind: "Plot" },
      cause: expect.stringMatching(cause),
    });
    expect(findingSchema.parse(finding)).toEqual(finding);
    expect(JSON.stringify(finding)).not.toContain("s3cret");
  });

  test("says the most telling condition, once", () => {
    const given = plot([
      says({ reason: "NotReady", message: "see above" }),
      says({ type: "Accepted", reason: "Unsupported", message: "rows" }),
    ]);
    expect(found([given]).map(({ cause }) => cause)).toEqual([
      expect.stringMatching(/Accepted is False \(Unsupported\): rows$/),
    ]);
  });

  test("is explained by what it made", () => {
    const [made, ...pods] = app("web", CRASHING);
    if (made === undefined) throw new Error("no Deployment");
    const owner = {
      ...made.metadata,
      ...ownedBy("Plot", "north"),
    };
    const findings = found([plot([says({ message: "web is down" })]), { ...made, metadata: owner }, ...pods]);
    expect(findings.map(({ subject }) => `${subject.kind}/${subject.name}`)).toEqual(["Deployment/web"]);
    expect(findings[0]?.explains).toContainEqual(
      expect.objectContaining({ subject: expect.objectContaining({ kind: "Plot" }) }),
    );
  });

  test("since its controller does not run", () => {
    const [finding] = found([plot([], behind), ...operator(false)]);
    expect(finding).toMatchObject({
      severity: "error",
      cause: expect.stringMatching(
        /^Plot\/north is not reconciled: its generation is 2, its status is of generation 1, and Deployment\/farm-operator in namespace shop, .* does not run$/,
      ),
      change: { by: "kubectl-edit" },
    });
  });
});

describe("silent", () => {
  test.each([
    ["no status", [{ ...plot([]), status: undefined }]],
    ["no conditions", [plot([])]],
    ["Ready", [plot([says({ status: "True", reason: "Planted" })])]],
    ["a state that nobody knows yet", [plot([says({ status: "Unknown" })])]],
    ["a moment ago", [plot([says({ lastTransitionTime: minutesAgo(0.2) })])]],
    ["work that goes on", [plot([says({ reason: "Provisioning" })])]],
    ["suspended", [plot([says()], { spec: { suspend: true } })]],
    ["being deleted", [plot([says()], { metadata: { deletionTimestamp: minutesAgo(0.1) } })]],
    ["a condition of another kind", [plot([says({ type: "Upgradeable" })])]],
    ["behind, with a controller that runs", [plot([], behind), ...operator(true)]],
    ["behind, with a controller that is not known", [plot([], behind)]],
    ["a kind of Kubernetes' own", [{ ...plot([says()]), apiVersion: "storage.k8s.io/v1" }]],
  ])("%s", (_, given) => {
    expect(found(given as readonly SnapshotObject[])).toEqual([]);
  });
});

describe("a Secret that should come of a custom resource", () => {
  const claim = (fields: Fields = {}): SnapshotObject => ({
    ...object("Bucket", "invoices", { spec: { writeConnectionSecretToRef: { name: "invoices-bucket" } }, ...fields }),
    apiVersion: "store.example.net/v1",
  });
  const reader = app("archiver", {
    ready: false,
    container: { envFrom: [{ secretRef: { name: "invoices-bucket" } }] },
    status: {
      state: { waiting: { reason: "CreateContainerConfigError", message: 'secret "invoices-bucket" not found' } },
    },
  });
  const store = (replicas: number, ready = true) => app("bucket-operator", { replicas, ready });
  const no = says({ reason: "SyncError", message: 'could not get SecretStore "vault-prd", not found' });

  test.each([
    ["a controller that is scaled to zero", store(0), /, by its name the controller, has spec\.replicas 0$/],
    ["a controller that runs", store(1), /, by its name the controller, runs$/],
    ["no controller", [], /; nothing that was read looks like its controller$/],
  ])("without a status, %s", (_, controller, words) => {
    const [finding, ...others] = found([claim(), ...reader, ...controller]);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ subject: { kind: "Bucket" }, severity: "critical" });
    expect(finding?.cause).toMatch(
      /^Bucket\/invoices has no status, so no controller has taken it up, and Secret\/invoices-bucket, which should come of it \(spec\.writeConnectionSecretToRef\.name\), does not exist/,
    );
    expect(finding?.cause).toMatch(words);
    expect(finding?.explains.map(({ subject }) => subject.name)).toContain("archiver");
  });

  test("a refusal explains who waits for what it does not make", () => {
    const kind: SnapshotObject = {
      ...object("ExternalSecret", "invoices-bucket", {
        spec: { secretStoreRef: { kind: "SecretStore", name: "vault-prd" } },
        status: { conditions: [no] },
      }),
      apiVersion: "secrets.example.net/v1",
    };
    const [finding, ...others] = found([kind, ...reader]);
    expect(others).toEqual([]);
    expect(finding?.subject).toMatchObject({ kind: "ExternalSecret" });
    expect(finding?.cause).toMatch(
      /; spec\.secretStoreRef\.name is vault-prd; Secret\/invoices-bucket, which should come/,
    );
    expect(finding?.explains.map(({ subject }) => subject.name)).toContain("archiver");
  });

  test("a Secret that the resource itself misses is not one that it makes", () => {
    const message = 'secret "invoices-bucket" not found';
    const given = { spec: { secretName: "invoices-bucket" }, status: { conditions: [says({ message })] } };
    expect(found([claim(given), ...reader]).map(({ subject }) => subject.kind)).toEqual(["Deployment", "Bucket"]);
  });

  test("silent: nobody waits, the Secret is there, or the resource is new", () => {
    const secret = object("Secret", "invoices-bucket", { data: { key: "" } });
    expect(found([claim()])).toEqual([]);
    expect(found([claim(), secret, ...app("archiver")])).toEqual([]);
    const young = claim({ metadata: { creationTimestamp: minutesAgo(0.5) } });
    expect(found([young, ...reader]).map(({ subject }) => subject.kind)).toEqual(["Deployment"]);
  });
});
