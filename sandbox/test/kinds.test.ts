import { afterAll, beforeAll, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../src/index.ts";
import { type Call, clientOf, type Reply } from "./client.ts";

const PATH = "/apis/sre-agent.dev/v1alpha1/namespaces/default/sreinvestigations";
const MERGE = "application/merge-patch+json";

let sandbox: Sandbox;
let call: (method: string, path: string, options?: Call) => Promise<Reply>;

beforeAll(async () => {
  sandbox = await startSandbox();
  call = clientOf(sandbox);
});

afterAll(() => sandbox.stop());

const investigation = (name: string, spec: object = {}) => ({
  apiVersion: "sre-agent.dev/v1alpha1",
  kind: "SreInvestigation",
  metadata: { name },
  spec: { target: { kind: "Deployment", name: "web" }, symptom: "it is down", ...spec },
});

it("writes defaults, drops status on create, and counts generations of the spec", async () => {
  const body = { ...investigation("defaults"), status: { phase: "Running" } };
  const created = await call("POST", PATH, { body });
  expect([created.code, created.body.status]).toEqual([201, undefined]);
  expect(created.body.spec).toMatchObject({ mode: "propose", target: { apiVersion: "apps/v1" } });
  const status = { status: { rationale: "because" } };
  const written = await call("PATCH", `${PATH}/defaults/status`, { body: status, type: MERGE });
  expect(written.body).toMatchObject({ status: { rationale: "because" }, metadata: { generation: 1 } });
});

it("tells every wrong field with its cause", async () => {
  const { code, body } = await call("POST", PATH, { body: investigation("wrong", { symptom: "", mode: "yolo" }) });
  expect([code, body.reason]).toEqual([422, "Invalid"]);
  expect(body.details?.causes).toEqual(
    expect.arrayContaining([
      expect.objectContaining({ field: "spec.symptom", reason: "FieldValueInvalid" }),
      expect.objectContaining({ field: "spec.mode", reason: "FieldValueNotSupported" }),
    ]),
  );
});

it("refuses unknown fields when asked to be strict, and else drops them with a warning", async () => {
  const body = investigation("unknown", { zork: 1 });
  const strict = await call("POST", `${PATH}?fieldValidation=Strict`, { body });
  expect([strict.code, strict.body.message]).toEqual([
    400,
    'SreInvestigation in version "v1alpha1" cannot be handled as a SreInvestigation: strict decoding error: unknown field "spec.zork"',
  ]);
  const lenient = await call("POST", PATH, { body });
  expect([lenient.code, lenient.headers.get("warning")]).toEqual([201, '299 - "unknown field \\"spec.zork\\""']);
  expect(lenient.body.spec).not.toHaveProperty("zork");
  const patch = { body: { spec: { zork: 1 } }, type: MERGE };
  expect((await call("PATCH", `${PATH}/unknown?fieldValidation=Strict`, patch)).code).toBe(422);
});

it("asks for a resourceVersion in an update of a custom resource", async () => {
  await call("POST", PATH, { body: investigation("put") });
  const { code, body } = await call("PUT", `${PATH}/put`, { body: investigation("put") });
  expect([code, body.message]).toEqual([
    422,
    'sreinvestigations.sre-agent.dev "put" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update',
  ]);
});

it("does not serve our kinds without their CustomResourceDefinitions", async () => {
  const bare = await startSandbox({ crds: false });
  const { code } = await clientOf(bare)("GET", PATH);
  await bare.stop();
  expect(code).toBe(404);
});
