import { API_VERSION, type SreApproval } from "@sre-agent/crds";
import { KubeError, type KubeObject } from "@sre-agent/kube";
import { describe, expect, test } from "vitest";
import type { Workload } from "../facts/workload.ts";
import { propose } from "./propose.ts";
import { drive } from "./test/drive.ts";
import {
  ACTION_REF,
  approve,
  createIncident,
  deploy,
  edit,
  type Incident,
  onlyRecord,
  POLICY_REF,
  proposed,
  RESTART,
  ROLLBACK,
  RUN_REF,
  requestFor,
  WEB,
} from "./test/incident.ts";

/** What people and programs beside us do to an approved change at the worst moment. */

async function approvedRollback(): Promise<Incident> {
  const incident = await proposed();
  approve(incident);
  return incident;
}

const imageOf = ({ cluster }: Incident) => JSON.stringify(cluster.peek<Workload>(WEB)?.spec?.template);

/** The process is gone after the write-ahead, before anything reached the target. */
async function crashBeforeWrite(incident: Incident): Promise<void> {
  class Crash extends Error {}
  incident.cluster.hook = ({ what, when }) => {
    if (what === "write" && when === "before") throw new Crash();
  };
  await drive(incident).catch((error: unknown) => {
    if (!(error instanceof Crash)) throw error;
  });
  incident.cluster.hook = () => undefined;
  expect(onlyRecord(incident).status?.phase).toBe("Executing");
}

test("a line break in a recorded revision forges no line of the diff that is approved", async () => {
  const incident = createIncident();
  const { cluster } = incident;
  const [old] = cluster.all<Workload>("ReplicaSet");
  const forged = "web:good\n- spec.replicas: 2\n+ spec.replicas: 9\u001b[2K\r";
  cluster.put(JSON.parse(JSON.stringify(old).replace('"web:good"', JSON.stringify(forged))));
  await propose(incident.dependencies, requestFor(ROLLBACK));
  const lines = onlyRecord(incident).spec.diff.split("\n");
  expect(lines).toContain("- spec.template.spec.containers[web].image: web:bad");
  expect(lines).toContain(
    "+ spec.template.spec.containers[web].image: web:good\\u000a- spec.replicas: 2\\u000a+ spec.replicas: 9\\u001b[2K\\u000d",
  );
});

describe("between approval and execution", () => {
  test("an approver who loses the right no longer stands for the change", async () => {
    const incident = await approvedRollback();
    await drive(incident, { request: false, passes: 1 });
    expect(onlyRecord(incident).status?.phase).toBe("Approved");
    incident.forbidden.add("alice");
    expect((await drive(incident, { passes: 3 })).status?.denial).toMatchObject({ code: "APPROVAL_FORBIDDEN" });
    expect(incident.cluster.writes).toEqual([]);
  });

  test("an approval by somebody without the right does not keep another one's from counting", async () => {
    const incident = await approvedRollback();
    incident.forbidden.add("alice");
    await incident.clock.advance(1_000);
    approve(incident, { approver: "bob" });
    expect((await drive(incident)).status).toMatchObject({ phase: "Succeeded", approvalRef: { approver: "bob" } });
  });

  test("an SreApproval that was deleted is none", async () => {
    const incident = await approvedRollback();
    await drive(incident, { request: false, passes: 1 });
    const [{ metadata } = { metadata: { name: "" } }] = incident.cluster.all<SreApproval & KubeObject>("SreApproval");
    incident.cluster.remove({ apiVersion: API_VERSION, kind: "SreApproval", namespace: "shop", name: metadata.name });
    expect((await drive(incident, { passes: 3 })).status?.denial).toMatchObject({ code: "APPROVAL_MISSING" });
    expect(incident.cluster.writes).toEqual([]);
  });
});

describe("a namesake, created after the proposal,", () => {
  /** Deletes it and creates it anew, as `kubectl replace --force` does. */
  function recreate({ cluster }: Incident, ref: Parameters<Incident["cluster"]["peek"]>[0]): void {
    const object = cluster.peek(ref);
    cluster.remove(ref);
    cluster.put({ ...object, metadata: { ...object?.metadata, uid: "another" } });
  }

  test.each([
    ["of the target", WEB, "Stale"],
    ["of the SreAction", ACTION_REF, "Stale"],
    ["of the SrePolicy", POLICY_REF, "Stale"],
    ["of the investigation", RUN_REF, "Withdrawn"],
  ])("%s is not what was approved", async (_what, ref, phase) => {
    const incident = await approvedRollback();
    await drive(incident, { request: false, passes: 1 });
    recreate(incident, ref);
    expect((await drive(incident)).status?.phase).toBe(phase);
    expect(incident.cluster.writes).toEqual([]);
  });

  test("of the target is not taken for the one that was changed: how it fares says nothing about the change", async () => {
    const incident = await approvedRollback();
    incident.cluster.hook = ({ what, when }) => {
      if (what === "write" && when === "after") recreate(incident, WEB);
    };
    expect((await drive(incident)).status?.phase).toBe("Unknown");
    expect(incident.cluster.writes).toHaveLength(1);
  });
});

test("no write once the namespace was opted out", async () => {
  const incident = await approvedRollback();
  incident.cluster.hook = ({ what, when }) => {
    if ((what === "write" || what.startsWith("dry run")) && when === "before")
      throw new KubeError("deployments.apps is forbidden", { code: "FORBIDDEN", status: 403 });
  };
  expect((await drive(incident, { passes: 3 })).status?.denial).toMatchObject({ code: "DRY_RUN_REFUSED" });
  expect(incident.cluster.writes).toEqual([]);
});

test("no write when the SrePolicy's rule for the namespace was lowered after the guards were asked", async () => {
  const incident = await approvedRollback();
  incident.cluster.hook = ({ what, when }) => {
    if (what === "audit" && when === "after") {
      edit(incident, POLICY_REF, { rules: [{ namespaces: ["shop"], mode: "observe" }] });
    }
  };
  expect((await drive(incident)).status).toMatchObject({ phase: "Stale", denial: { code: "POLICY_CHANGED" } });
  expect(incident.cluster.writes).toEqual([]);
});

describe("while the act server was down in the middle of a change", () => {
  test.each<[string, (incident: Incident) => void | Promise<void>]>([
    ["the SreAction was deleted", ({ cluster }) => cluster.remove(ACTION_REF)],
    [
      "the SreAction was narrowed",
      (incident) => edit(incident, ACTION_REF, { targets: [{ kind: "Deployment", names: ["api"] }] }),
    ],
    [
      "the SrePolicy was changed",
      (incident) => edit(incident, POLICY_REF, { rules: [{ namespaces: ["shop"], mode: "propose" }] }),
    ],
    ["the approver lost the right", ({ forbidden }) => void forbidden.add("alice")],
    ["the proposal expired", ({ clock }) => clock.advance(25 * 3_600_000)],
  ])("%s: it is not tried again", async (_what, change) => {
    const incident = await approvedRollback();
    await crashBeforeWrite(incident);
    await change(incident);
    const { status } = await drive(incident);
    expect(status).toMatchObject({ phase: "Failed", message: expect.stringContaining("nothing changed") });
    expect(incident.cluster.writes).toEqual([]);
  });

  test("a fact that cannot be read is waited for", async () => {
    const incident = await approvedRollback();
    await crashBeforeWrite(incident);
    incident.cluster.hook = ({ what }) => {
      if (what === "list PodDisruptionBudget") throw new KubeError("down", { code: "UNREACHABLE" });
    };
    expect((await drive(incident, { passes: 3 })).status?.phase).toBe("Executing");
    incident.cluster.hook = () => undefined;
    expect((await drive(incident)).status?.phase).toBe("Succeeded");
    expect(incident.cluster.writes).toHaveLength(1);
  });
});

describe("after the write", () => {
  test("who takes our mark off, while it is not known what became of the write, brings about no second one", async () => {
    const incident = await approvedRollback();
    let told = true;
    incident.cluster.hook = ({ what, when }) => {
      if (what !== "write" || when !== "after" || !told) return;
      told = false;
      const live = incident.cluster.peek<Workload>(WEB);
      incident.cluster.put({ ...live, metadata: { ...live?.metadata, annotations: {} } });
      throw new KubeError("reset", { code: "UNREACHABLE" });
    };
    expect((await drive(incident)).status?.phase).toBe("Unknown");
    expect(incident.cluster.writes).toHaveLength(1);
  });

  test("a release of somebody else's that makes it worse is not undone, though our mark is still on the target", async () => {
    const incident = await approvedRollback();
    const { measure } = incident.dependencies;
    const worse: Incident = {
      ...incident,
      cluster: incident.cluster,
      dependencies: {
        ...incident.dependencies,
        measure: async (...question: Parameters<typeof measure>) => {
          const real = await measure(...question);
          return incident.cluster.writes.length > 0 ? { ...real, severity: 400, ready: real.ready - 1 } : real;
        },
      },
    };
    incident.cluster.hook = ({ what, when }) => {
      if (what === "write" && when === "after") deploy(incident.cluster, "web:theirs");
    };
    const { status } = await drive(worse, { passes: 400 });
    expect(status).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("somebody else changed the target"),
    });
    expect(incident.cluster.writes).toHaveLength(1);
    expect(imageOf(incident)).toContain("web:theirs");
  });
});

describe("in mode auto", () => {
  async function proposedRestart(status?: (digest: string) => object): Promise<Incident> {
    const incident = createIncident();
    incident.ownFinding = true;
    await propose(incident.dependencies, requestFor(RESTART));
    const { metadata, spec } = onlyRecord(incident);
    const decided = status && {
      decision: "approve",
      remediationRef: { name: metadata.name, ...status(spec.approvalDigest) },
    };
    incident.cluster.put({ ...incident.cluster.peek(RUN_REF), status: decided ?? {} });
    return incident;
  }

  test.each<[string, ((digest: string) => object) | undefined]>([
    ["before its run decided", undefined],
    ["when its run decided for another one", (digest) => ({ name: "act-another", digest })],
    ["when its run decided for another digest", () => ({ digest: "sha256:other" })],
  ])("nobody who may read the ledger can have a change made %s", async (_what, status) => {
    const incident = await proposedRestart(status);
    expect((await drive(incident, { passes: 3 })).status?.phase).toBe("Proposed");
    expect(incident.cluster.writes).toEqual([]);
  });

  test("the change that the run decided for is made, whether or not somebody asks", async () => {
    const incident = await proposedRestart((digest) => ({ digest }));
    await drive(incident, { request: false, passes: 2 });
    expect(incident.cluster.writes).toHaveLength(1);
  });
});
