import type { Action, RemediationPhase } from "@sre-agent/crds";
import { KubeError } from "@sre-agent/kube";
import { describe, expect, test } from "vitest";
import type { Workload } from "../facts/workload.ts";
import { propose } from "./propose.ts";
import { drive } from "./test/drive.ts";
import { approve, type Incident, onlyRecord, requestFor } from "./test/incident.ts";
import { createPodIncident, createWorkloadIncident, EVICT, restartOf, rollbackOf, scaleOf } from "./test/workloads.ts";

interface Case {
  readonly action: Action;
  readonly begin: () => Incident;
  /** Parameters of what undoes it; absent: nothing does. */
  readonly inverse?: object;
}

const KINDS = ["Deployment", "StatefulSet", "DaemonSet"] as const;
const CASES: readonly Case[] = [
  ...KINDS.map((kind) => ({
    action: rollbackOf(kind),
    begin: () => createWorkloadIncident(kind),
    inverse: { toRevision: 2 },
  })),
  ...KINDS.map((kind) => ({ action: restartOf(kind), begin: () => createWorkloadIncident(kind) })),
  ...(["Deployment", "StatefulSet"] as const).flatMap((kind) =>
    [6, 3].map((replicas) => ({
      action: scaleOf(kind, replicas),
      begin: () => createWorkloadIncident(kind),
      inverse: { replicas: 4 },
    })),
  ),
  { action: scaleOf("Deployment", 3), begin: () => createWorkloadIncident("Deployment", 0) },
  { action: EVICT, begin: createPodIncident },
];
const named = CASES.map((each) => {
  const { type, target, parameters } = each.action;
  return [`${type} ${target.kind} ${JSON.stringify(parameters)}`, each] as const;
});

async function approved({ begin, action }: Case): Promise<Incident> {
  const incident = begin();
  const { run: _run, ...client } = requestFor(action);
  const proposal = await propose(incident.dependencies, { ...client, caller: { username: "dave" } });
  if (!proposal.ok) throw new Error(JSON.stringify(proposal.denial));
  approve(incident);
  return incident;
}

const changes = ({ cluster }: Incident) => cluster.writes.length + cluster.evictions.length;

describe.each(named)("%s", (_name, each) => {
  test("is made once, verified, and knows what undoes it", async () => {
    const incident = await approved(each);
    const { status } = await drive(incident);
    expect(status).toMatchObject({ phase: "Succeeded", attempts: [{ result: "written" }] });
    expect(status?.inverse?.parameters).toEqual(each.inverse);
    expect(changes(incident)).toBe(1);
  });

  test("leaves exactly one write and the right end when the server dies around it", async () => {
    class Crash extends Error {}
    const ends: [number, RemediationPhase | undefined][] = [];
    for (const what of ["status of SreRemediation", "audit", "write", "evict"]) {
      for (const when of ["before", "after"] as const) {
        const incident = await approved(each);
        let dead = false;
        incident.cluster.hook = (call) => {
          dead ||= call.what === what && call.when === when;
          if (dead) throw new Crash(what);
        };
        await drive(incident).catch((error: unknown) => expect(error).toBeInstanceOf(Crash));
        incident.cluster.hook = () => undefined;
        const { status } = await drive(incident);
        ends.push([changes(incident), status?.phase]);
      }
    }
    expect(ends).toEqual(ends.map(() => [1, "Succeeded"]));
  });

  test("is not made when the target changed after the proposal", async () => {
    const incident = await approved(each);
    const { apiVersion, kind, namespace, name } = each.action.target;
    const ref = { apiVersion, kind, namespace, name };
    const live = incident.cluster.peek<Workload>(ref);
    incident.cluster.remove(ref);
    incident.cluster.put({ ...live, metadata: { ...live?.metadata, uid: "a-namesake" } });
    expect((await drive(incident)).status).toMatchObject({ phase: "Stale", denial: { code: "STALE" } });
    expect(changes(incident)).toBe(0);
  });
});

test("an eviction that a budget refuses at the last moment is over and no failure", async () => {
  const incident = await approved({ action: EVICT, begin: createPodIncident });
  incident.cluster.hook = ({ what, when }) => {
    if (what !== "evict" || when !== "before") return;
    throw new KubeError("would violate the pod's disruption budget", { code: "TOO_MANY_REQUESTS", status: 429 });
  };
  expect((await drive(incident)).status).toMatchObject({
    phase: "Stale",
    denial: { code: "BLAST_RADIUS" },
    attempts: [{ result: "refused" }],
  });
  expect(incident.cluster.evictions).toEqual([]);
});

test("who may not write the ledger is told the change and the command", async () => {
  const incident = createWorkloadIncident("StatefulSet");
  incident.cluster.hook = ({ what }) => {
    if (what === "create") throw new KubeError("no", { code: "FORBIDDEN", status: 403 });
  };
  const { run: _run, ...client } = requestFor(restartOf("StatefulSet"));
  expect(await propose(incident.dependencies, client)).toMatchObject({
    ok: false,
    denial: { code: "IDENTITY_FORBIDDEN", next: "By hand: kubectl -n shop rollout restart statefulset/db" },
  });
});

test("what nobody runs for is carried out once it is approved", async () => {
  const incident = await approved({ action: EVICT, begin: createPodIncident });
  expect((await drive(incident, { request: false })).status?.phase).toBe("Succeeded");
  expect(onlyRecord(incident).spec.runRef).toBeUndefined();
});
