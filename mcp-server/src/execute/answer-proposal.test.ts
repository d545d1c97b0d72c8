import type { SreApproval } from "@sre-agent/crds";
import { KubeError, type KubeObject } from "@sre-agent/kube";
import { expect, test } from "vitest";
import type { Answer } from "../conversations.ts";
import { type ClientCall, callAsClient } from "./test/client.ts";
import { drive } from "./test/drive.ts";
import { approve, onlyRecord } from "./test/incident.ts";
import { createWorkloadIncident } from "./test/workloads.ts";

const RESTART = { tool: "workload_restart", input: { namespace: "shop", name: "db" } };
const SCALE_UP = { tool: "workload_scale", input: { namespace: "shop", name: "db", replicas: 6 } };
const SCALE_DOWN = { tool: "workload_scale", input: { namespace: "shop", name: "db", replicas: 3 } };

function asking(answer: Answer) {
  const questions: string[] = [];
  const elicit = async ({ message }: { readonly message: string }) => {
    questions.push(message);
    return answer;
  };
  return { questions, elicit };
}

test.each<[string, ClientCall]>([
  ["a restart", RESTART],
  ["scaling up by half", SCALE_UP],
])("%s is put to the person, whose yes is an approval under their own name", async (_what, call) => {
  const incident = createWorkloadIncident("Deployment");
  const { questions, elicit } = asking("accept");
  const reply = await callAsClient(incident, { ...call, local: true, elicit });
  expect(reply).toMatchObject({ ok: true, structured: { message: expect.stringContaining("Approved by dave") } });
  const { metadata, spec } = onlyRecord(incident);
  expect(questions).toEqual([expect.stringContaining(spec.diff)]);
  expect(questions[0]).toContain(spec.approvalDigest);
  const [approval] = incident.cluster.all<SreApproval & KubeObject>("SreApproval");
  expect(approval?.spec).toMatchObject({
    approver: "dave",
    groups: ["people"],
    decision: "Approve",
    digest: spec.approvalDigest,
    write: spec.write,
  });
  expect(approval?.metadata.ownerReferences).toMatchObject([{ name: metadata.name, uid: metadata.uid }]);
  expect((await drive(incident, { request: false })).status).toMatchObject({
    phase: "Succeeded",
    approvalRef: { approver: "dave" },
  });
});

test.each<[string, ClientCall]>([
  ["a large change", { ...SCALE_DOWN, local: true }],
  ["a rollback", { tool: "workload_rollback", input: { namespace: "shop", name: "db" }, local: true }],
  ["a client in a cluster", RESTART],
])("%s is never asked for: the reply tells the command", async (_what, call) => {
  const incident = createWorkloadIncident("Deployment");
  const { questions, elicit } = asking("accept");
  const reply = await callAsClient(incident, { ...call, elicit });
  const { name } = onlyRecord(incident).metadata;
  expect(reply).toMatchObject({
    ok: true,
    structured: { denial: { code: "PENDING_APPROVAL", next: `sre-agent approve ${name} -n shop` } },
    text: expect.stringContaining(`sre-agent approve ${name} -n shop`),
  });
  expect(questions).toEqual([]);
  expect(incident.cluster.all("SreApproval")).toEqual([]);
});

test("no answer, or a client that cannot ask, leaves it waiting", async () => {
  const incident = createWorkloadIncident("Deployment");
  for (const more of [{ elicit: asking("cancel").elicit }, {}]) {
    const reply = await callAsClient(incident, { ...RESTART, local: true, ...more }).catch((error: unknown) => error);
    expect(reply).toMatchObject({ structured: { denial: { code: "PENDING_APPROVAL" } } });
    incident.cluster.remove({ ...onlyRecord(incident), namespace: "shop", name: onlyRecord(incident).metadata.name });
  }
  expect(incident.cluster.all("SreApproval")).toEqual([]);
});

test("a no ends the record", async () => {
  const incident = createWorkloadIncident("Deployment");
  const reply = await callAsClient(incident, { ...RESTART, local: true, elicit: asking("decline").elicit });
  expect(reply).toMatchObject({ ok: false, denial: { code: "APPROVAL_REJECTED" } });
  expect((await drive(incident)).status?.phase).toBe("Rejected");
});

test("an approval that the API server refuses is told with the command", async () => {
  const incident = createWorkloadIncident("Deployment");
  const elicit = async (): Promise<Answer> => {
    incident.cluster.hook = ({ what }) => {
      if (what === "create") throw new KubeError("dave may not", { code: "FORBIDDEN", status: 403 });
    };
    return "accept";
  };
  expect(await callAsClient(incident, { ...RESTART, local: true, elicit })).toMatchObject({
    ok: false,
    denial: { code: "APPROVAL_FORBIDDEN", next: expect.stringContaining("sre-agent approve") },
  });
});

test.each([
  ["a large change from their own client", { ...SCALE_DOWN, local: true }],
  ["a small change through a server in the cluster", RESTART],
])("nobody approves by themselves %s", async (_what, call) => {
  const incident = createWorkloadIncident("Deployment");
  await callAsClient(incident, call);
  approve(incident, { approver: "dave" });
  expect((await drive(incident, { passes: 3 })).status).toMatchObject({
    phase: "Proposed",
    denial: { code: "APPROVAL_SELF" },
  });
  expect(incident.cluster.writes).toEqual([]);
});
