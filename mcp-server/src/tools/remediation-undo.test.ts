import type { SreRemediation } from "@sre-agent/crds";
import { expect, test } from "vitest";
import { createRemediationReconciler } from "../execute/reconciler.ts";
import { callAsClient } from "../execute/test/client.ts";
import { drive } from "../execute/test/drive.ts";
import { approve, type Incident, onlyRecord, type Record } from "../execute/test/incident.ts";
import { createPodIncident, createWorkloadIncident } from "../execute/test/workloads.ts";
import type { Workload } from "../facts/workload.ts";

const DB = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "db" };
const replicas = ({ cluster }: Incident) => cluster.peek<Workload>(DB)?.spec?.replicas;

async function carriedOut(tool: string, input: object, begin = () => createWorkloadIncident("Deployment")) {
  const incident = begin();
  const reply = await callAsClient(incident, { tool, input: { namespace: "shop", ...input } });
  if (!reply.ok) throw new Error(reply.denial.message);
  approve(incident);
  expect((await drive(incident)).status?.phase).toBe("Succeeded");
  return incident;
}

const undo = (incident: Incident, name: string) =>
  callAsClient(incident, { tool: "remediation_undo", input: { namespace: "shop", name }, caller: "erin" });

/** Approves and follows the record that undoes the first one. */
async function driven(incident: Incident): Promise<SreRemediation> {
  const find = () => incident.cluster.all<Record>("SreRemediation").find(({ spec }) => spec.undoes !== undefined);
  const { metadata, spec } = find() ?? onlyRecord(incident);
  incident.cluster.put({
    apiVersion: metadata.name && "sre-agent.dev/v1alpha1",
    kind: "SreApproval",
    metadata: { namespace: "shop", name: "approval-of-undo" },
    spec: {
      remediationRef: { name: metadata.name, uid: metadata.uid },
      digest: spec.approvalDigest,
      decision: "Approve",
      approver: "alice",
      write: spec.write,
    },
  });
  const reconciler = createRemediationReconciler(incident.dependencies);
  for (let pass = 0; pass < 60; pass += 1) {
    const outcome = await reconciler.reconcile(`shop/${metadata.name}`, new AbortController().signal);
    incident.roll();
    if (outcome.kind !== "retryAfter") break;
    await incident.clock.advance(outcome.ms);
  }
  return find() ?? onlyRecord(incident);
}

test("the inverse becomes a record of its own, is approved by another, and puts the target back", async () => {
  const incident = await carriedOut("workload_scale", { kind: "Deployment", name: "db", replicas: 6 });
  const first = onlyRecord(incident);
  const reply = await undo(incident, first.metadata.name);
  expect(reply).toMatchObject({
    ok: true,
    structured: {
      summary: `scale Deployment/db to 4 (undoes ${first.metadata.name})`,
      denial: { code: "PENDING_APPROVAL" },
    },
  });
  // At once, though the quota allows one change of a target in ten minutes: together the two are none.
  const { spec, status } = await driven(incident);
  expect(status).toMatchObject({ phase: "Succeeded", approvalRef: { approver: "alice" } });
  expect(spec).toMatchObject({ undoes: { name: first.metadata.name }, proposer: { user: "erin" } });
  expect(replicas(incident)).toBe(4);
});

test("asked for twice it is one record", async () => {
  const incident = await carriedOut("workload_scale", { name: "db", replicas: 6 });
  const { name } = onlyRecord(incident).metadata;
  const [once, again] = [await undo(incident, name), await undo(incident, name)];
  expect(once.ok && again.ok && [once.structured, again.structured]).toEqual([
    once.ok && once.structured,
    once.ok && once.structured,
  ]);
  expect(incident.cluster.all("SreRemediation")).toHaveLength(2);
});

test.each<[string, (live: Workload) => object]>([
  ["scaled it since", (live) => ({ ...live, spec: { ...live.spec, replicas: 9 } })],
  ["left another mark on it", (live) => ({ ...live, metadata: { ...live.metadata, annotations: {} } })],
])("is STALE when somebody %s", async (_what, change) => {
  const incident = await carriedOut("workload_scale", { name: "db", replicas: 6 });
  const live = incident.cluster.peek<Workload>(DB);
  if (live) incident.cluster.put(change(live));
  expect(await undo(incident, onlyRecord(incident).metadata.name)).toMatchObject({
    ok: false,
    denial: { code: "STALE" },
  });
});

test("a template that somebody changed since is not undone", async () => {
  const incident = await carriedOut("workload_rollback", { name: "db" });
  const live = incident.cluster.peek<Workload>(DB);
  const template = { ...live?.spec?.template, spec: { containers: [{ name: "db", image: "db:hotfix" }] } };
  incident.cluster.put({ ...live, spec: { ...live?.spec, template } });
  expect(await undo(incident, onlyRecord(incident).metadata.name)).toMatchObject({ denial: { code: "STALE" } });
});

test.each([
  ["a restart", "workload_restart", { name: "db" }, () => createWorkloadIncident("Deployment")],
  ["an eviction", "pod_evict", { name: "db-a" }, createPodIncident],
])("nothing is to undo of %s", async (_what, tool, input, begin) => {
  const incident = await carriedOut(tool, input, begin);
  expect(await undo(incident, onlyRecord(incident).metadata.name)).toMatchObject({ denial: { code: "NO_INVERSE" } });
});

test("nothing is to undo of what was never made, and of what does not exist", async () => {
  const incident = createWorkloadIncident("Deployment");
  await callAsClient(incident, { tool: "workload_scale", input: { namespace: "shop", name: "db", replicas: 6 } });
  expect(await undo(incident, onlyRecord(incident).metadata.name)).toMatchObject({ denial: { code: "NO_INVERSE" } });
  expect(await undo(incident, "act-none")).toMatchObject({ denial: { code: "NOT_FOUND" } });
});

test("is refused to who may not make the change, as any other", async () => {
  const incident = await carriedOut("workload_scale", { name: "db", replicas: 6 });
  incident.forbidden.add("erin");
  expect(await undo(incident, onlyRecord(incident).metadata.name)).toMatchObject({
    denial: { code: "IDENTITY_FORBIDDEN" },
  });
});
