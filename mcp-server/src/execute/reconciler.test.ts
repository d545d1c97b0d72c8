import { KubeError, type Reader } from "@sre-agent/kube";
import { describe, expect, test } from "vitest";
import { verifyChain } from "../audit/verify-chain.ts";
import type { Workload } from "../facts/workload.ts";
import { propose } from "./propose.ts";
import { createRemediationReconciler } from "./reconciler.ts";
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
  RUN_REF,
  requestFor,
  WEB,
} from "./test/incident.ts";

function image({ cluster }: Incident): string | undefined {
  return /"image":"([^"]*)"/.exec(JSON.stringify(cluster.peek<Workload>(WEB)?.spec?.template))?.[1];
}

describe("an approved rollback", () => {
  test("is written once, verified over the window, and Succeeded", async () => {
    const incident = await proposed();
    approve(incident);
    const { status } = await drive(incident);
    expect(status).toMatchObject({
      phase: "Succeeded",
      outcome: "Succeeded",
      approvalRef: { name: "approval-0", approver: "alice" },
      inverse: { type: "Rollback", parameters: { toRevision: 2 } },
      attempts: [{ number: 1, direction: "forward", result: "written" }],
      verification: { before: { severity: 200, ready: 0, desired: 2 } },
    });
    expect(incident.cluster.writes).toHaveLength(1);
    expect(image(incident)).toBe("web:good");
    expect(incident.outcomes).toEqual(["Succeeded"]);
    expect(verifyChain(incident.auditLines)).toMatchObject({ ok: true, records: 3 });
    expect(incident.auditLines.map((line) => JSON.parse(line).kind)).toEqual(["proposal", "intent", "outcome"]);
  });

  test("waits until somebody asks for its execution", async () => {
    const incident = await proposed();
    approve(incident);
    const { status } = await drive(incident, { request: false, passes: 3 });
    expect(status?.phase).toBe("Approved");
    expect(incident.cluster.writes).toEqual([]);
  });

  test("is not executed for a request with another digest", async () => {
    const incident = await proposed();
    approve(incident);
    const reconciler = createRemediationReconciler(incident.dependencies);
    const { metadata } = onlyRecord(incident);
    reconciler.requestExecution("shop", metadata.name, "sha256:other");
    await reconciler.reconcile(`shop/${metadata.name}`, new AbortController().signal);
    expect(onlyRecord(incident).status?.phase).toBe("Approved");
    expect(incident.cluster.writes).toEqual([]);
  });
});

describe("an approval that does not stand", () => {
  const OTHER_WRITE = { verb: "patch", group: "apps", resource: "statefulsets", name: "web" } as const;
  test.each([
    ["APPROVAL_DIGEST", { digest: `sha256:${"0".repeat(64)}` }],
    ["APPROVAL_DIGEST", { write: OTHER_WRITE }],
    ["APPROVAL_FORBIDDEN", { approver: "system:serviceaccount:shop:robot" }],
    ["APPROVAL_FORBIDDEN", { approver: "mallory" }],
    ["APPROVAL_SELF", { approver: "requester" }],
  ])("is told as %s and leaves the record Proposed", async (code, change) => {
    const incident = await proposed();
    incident.forbidden.add("mallory");
    approve(incident, change);
    const { status } = await drive(incident, { passes: 3 });
    expect(status).toMatchObject({ phase: "Proposed", denial: { code } });
    expect(incident.cluster.writes).toEqual([]);
  });

  test("expires after 15 minutes, and a new one is taken", async () => {
    const incident = await proposed();
    approve(incident);
    await incident.clock.advance(15 * 60_000);
    expect((await drive(incident, { passes: 2 })).status).toMatchObject({
      phase: "Proposed",
      denial: { code: "APPROVAL_EXPIRED" },
    });
    approve(incident);
    expect((await drive(incident)).status?.phase).toBe("Succeeded");
  });

  test("expires also between approval and execution", async () => {
    const incident = await proposed();
    approve(incident);
    await drive(incident, { request: false, passes: 1 });
    await incident.clock.advance(16 * 60_000);
    expect((await drive(incident, { passes: 2 })).status).toMatchObject({
      phase: "Approved",
      denial: { code: "APPROVAL_EXPIRED" },
    });
    expect(incident.cluster.writes).toEqual([]);
  });

  test("loses against a rejection", async () => {
    const incident = await proposed();
    approve(incident);
    approve(incident, { decision: "Reject", approver: "bob", reason: "not now" });
    expect((await drive(incident)).status).toMatchObject({ phase: "Rejected", message: "Rejected by bob: not now" });
    expect(incident.cluster.writes).toEqual([]);
  });
});

describe("what changed after the proposal", () => {
  const CHANGES: readonly (readonly [code: string, change: (incident: Incident) => void])[] = [
    ["STALE", (incident) => deploy(incident.cluster, "web:other")],
    ["STALE", (incident) => incident.cluster.remove(WEB)],
    ["ACTION_CHANGED", (incident) => edit(incident, ACTION_REF, { mode: "approve" })],
    ["POLICY_CHANGED", (incident) => edit(incident, POLICY_REF, { protectedNamespaces: ["x"] })],
  ];

  test.each(CHANGES)("ends the record as Stale with %s", async (code, change) => {
    const incident = await proposed();
    approve(incident);
    await drive(incident, { request: false, passes: 1 });
    change(incident);
    expect((await drive(incident)).status).toMatchObject({ phase: "Stale", denial: { code } });
    expect(incident.cluster.writes).toEqual([]);
  });

  test.each(CHANGES)("keeps nobody waiting for an approval that could not help: %s", async (code, change) => {
    const incident = await proposed();
    await drive(incident, { request: false, passes: 1 });
    change(incident);
    expect((await drive(incident, { request: false, passes: 2 })).status).toMatchObject({
      ...{ phase: "Stale", denial: { code } },
    });
  });

  test.each(["SrePolicy", "SreAction", "Deployment", "ReplicaSet"])(
    "is not told while the %s cannot be read",
    async (kind) => {
      const incident = await proposed();
      const { reader } = incident.dependencies;
      const away = new KubeError("away", { code: "UNREACHABLE" });
      const blind: Reader = {
        ...reader,
        get: (ref, options) => (ref.kind === kind ? Promise.reject(away) : reader.get(ref, options)),
        list: (of, options) => (of.kind === kind ? Promise.reject(away) : reader.list(of, options)),
      };
      const without = { ...incident, dependencies: { ...incident.dependencies, reader: blind } };
      expect((await drive(without, { request: false, passes: 2 })).status).toMatchObject({ phase: "Proposed" });
    },
  );

  test("refuses the write itself when it changed at the last moment", async () => {
    const incident = await proposed();
    approve(incident);
    incident.cluster.hook = ({ what, when }) => {
      if (what === "write" && when === "before") deploy(incident.cluster, "web:other");
    };
    expect((await drive(incident)).status).toMatchObject({ phase: "Stale", denial: { code: "STALE" } });
    expect(incident.cluster.writes).toEqual([]);
  });

  test.each<[string, (incident: Incident) => void]>([
    ["was deleted", (incident) => incident.cluster.remove(RUN_REF)],
    [
      "decided deny",
      (incident) => incident.cluster.put({ ...incident.cluster.peek(RUN_REF), status: { decision: "deny" } }),
    ],
  ])("withdraws it when the investigation %s", async (_what, change) => {
    const incident = await proposed();
    approve(incident);
    change(incident);
    expect((await drive(incident)).status?.phase).toBe("Withdrawn");
    expect(incident.cluster.writes).toEqual([]);
  });

  test("a write that has started goes on when the run is deleted", async () => {
    const incident = await proposed();
    approve(incident);
    incident.cluster.hook = ({ what, when }) => {
      if (what === "write" && when === "after") incident.cluster.remove(RUN_REF);
    };
    expect((await drive(incident)).status?.phase).toBe("Succeeded");
  });

  test("expires a proposal after 24 hours", async () => {
    const incident = await proposed();
    await incident.clock.advance(24 * 3_600_000);
    expect((await drive(incident)).status?.phase).toBe("Expired");
  });
});

describe("the gates", () => {
  test("no write when the kill switch is thrown during the dry run", async () => {
    const incident = await proposed();
    approve(incident);
    incident.cluster.hook = ({ what, when }) => {
      if (what.startsWith("dry run") && when === "after") edit(incident, POLICY_REF, { mode: "off" });
    };
    expect((await drive(incident)).status).toMatchObject({ phase: "Failed", denial: { code: "KILLED" } });
    expect(incident.cluster.writes).toEqual([]);
  });

  test("no write when the policy cannot be read at the last moment", async () => {
    const incident = await proposed();
    approve(incident);
    let dry = false;
    incident.cluster.hook = ({ what }) => {
      dry ||= what.startsWith("dry run");
      if (dry && what === "get SrePolicy") throw new KubeError("down", { code: "UNREACHABLE" });
    };
    expect((await drive(incident)).status).toMatchObject({ phase: "Failed", denial: { code: "KILLED" } });
    expect(incident.cluster.writes).toEqual([]);
  });

  test("no write when the intent cannot be recorded", async () => {
    const incident = await proposed();
    approve(incident);
    incident.auditFails = true;
    expect((await drive(incident)).status).toMatchObject({ phase: "Failed", denial: { code: "AUDIT_UNAVAILABLE" } });
    expect(incident.cluster.writes).toEqual([]);
  });

  test("no write while a fact cannot be read", async () => {
    const incident = await proposed();
    approve(incident);
    incident.cluster.hook = ({ what }) => {
      if (what === "list PodDisruptionBudget") throw new KubeError("down", { code: "UNREACHABLE" });
    };
    expect((await drive(incident, { passes: 3 })).status).toMatchObject({
      phase: "Approved",
      denial: { code: "FACTS_UNAVAILABLE" },
    });
    expect(incident.cluster.writes).toEqual([]);
    incident.cluster.hook = () => undefined;
    const { status } = await drive(incident);
    expect(status?.phase).toBe("Succeeded");
    expect(status?.denial).toBeUndefined();
  });
});

describe("a crash", () => {
  class Crash extends Error {}

  async function crashingAt(number: number, when: "before" | "after") {
    const incident = await proposed();
    approve(incident);
    let seen = 0;
    let crashed = false;
    incident.cluster.hook = (call) => {
      if (call.when === when) seen += 1;
      crashed ||= call.when === when && seen === number;
      // A dead process makes no further call: what catches the crash must not get anywhere either.
      if (crashed) throw new Crash(call.what);
    };
    await drive(incident).catch((error: unknown) => {
      if (!(error instanceof Crash)) throw error;
    });
    incident.cluster.hook = () => undefined;
    const { status } = await drive(incident);
    return { incident, status, crashed };
  }

  test.each(["before", "after"] as const)(
    "%s any call leaves exactly one write and the right end",
    async (when) => {
      let number = 1;
      for (; ; number += 1) {
        const { incident, status, crashed } = await crashingAt(number, when);
        if (!crashed) break;
        expect({ number, writes: incident.cluster.writes.length, phase: status?.phase }).toEqual({
          number,
          writes: 1,
          phase: "Succeeded",
        });
        expect(image(incident)).toBe("web:good");
      }
      expect(number).toBeGreaterThan(60);
    },
    180_000,
  );

  test("with somebody else's change on top ends as Unknown", async () => {
    const incident = await proposed();
    approve(incident);
    incident.cluster.hook = ({ what, when }) => {
      if (what !== "write" || when !== "before") return;
      throw new Crash("killed");
    };
    await drive(incident).catch(() => undefined);
    incident.cluster.hook = () => undefined;
    deploy(incident.cluster, "web:other");
    expect((await drive(incident)).status?.phase).toBe("Unknown");
    expect(incident.cluster.writes).toEqual([]);
  });

  test("of the connection after the write landed is settled by looking", async () => {
    const incident = await proposed();
    approve(incident);
    incident.cluster.hook = ({ what, when }) => {
      if (what === "write" && when === "after") throw new KubeError("reset", { code: "UNREACHABLE" });
    };
    expect((await drive(incident)).status?.phase).toBe("Succeeded");
    expect(incident.cluster.writes).toHaveLength(1);
  });

  test("twice without a trace of the write ends as Failed, not in a third try", async () => {
    const incident = await proposed();
    approve(incident);
    incident.cluster.hook = ({ what, when }) => {
      if (what === "write" && when === "before") throw new KubeError("reset", { code: "UNREACHABLE" });
    };
    const { status } = await drive(incident);
    expect(status?.phase).toBe("Failed");
    expect(status?.attempts).toHaveLength(2);
  });
});

describe("verification", () => {
  /** Lets the target be as unwell as `severity` says from the write on. */
  function afterWrite(incident: Incident, severity: number) {
    const { measure } = incident.dependencies;
    const dependencies = {
      ...incident.dependencies,
      measure: async (...question: Parameters<typeof measure>) => {
        const real = await measure(...question);
        return incident.cluster.writes.length > 0 ? { ...real, severity, ready: real.ready - 1 } : real;
      },
    };
    return { ...incident, dependencies, cluster: incident.cluster };
  }

  test.each([
    [200, "NoEffect", 1],
    [100, "Contained", 1],
    [400, "RolledBack", 2],
  ])("severity 200 before and %i after ends as %s", async (severity, phase, writes) => {
    const incident = afterWrite(await proposed(), severity);
    approve(incident);
    const { status } = await drive(incident, { passes: 400 });
    expect(status?.phase).toBe(phase);
    expect(incident.cluster.writes).toHaveLength(writes);
    if (phase === "RolledBack") expect(image(incident)).toBe("web:bad");
  });

  test("an inverse that cannot be applied ends as Failed without a third write", async () => {
    const incident = afterWrite(await proposed(), 400);
    approve(incident);
    let writes = 0;
    incident.cluster.hook = ({ what, when }) => {
      if (what !== "write" || when !== "before") return;
      writes += 1;
      if (writes > 1) throw new KubeError("no", { code: "FORBIDDEN", status: 403 });
    };
    expect((await drive(incident, { passes: 400 })).status).toMatchObject({
      phase: "Failed",
      message: expect.stringContaining("Worse"),
    });
    expect(incident.cluster.writes).toHaveLength(1);
  });

  test("what somebody changed since is not undone", async () => {
    const incident = afterWrite(await proposed(), 400);
    approve(incident);
    incident.cluster.hook = ({ what, when }) => {
      if (what !== "write" || when !== "after") return;
      const live = incident.cluster.peek<Workload>(WEB);
      incident.cluster.put({ ...live, metadata: { ...live?.metadata, annotations: {} } });
    };
    expect((await drive(incident, { passes: 400 })).status?.phase).toBe("Failed");
    expect(incident.cluster.writes).toHaveLength(1);
  });
});

describe("what is stored", () => {
  test("carries no secret that the API server put into a refusal", async () => {
    const incident = await proposed();
    approve(incident);
    incident.cluster.hook = ({ what, when }) => {
      if (what !== "write" || when !== "before") return;
      throw new KubeError("env: Invalid value: canary", { code: "INVALID", status: 422, causes: ["env: canary"] });
    };
    const { status } = await drive(incident);
    expect(status?.phase).toBe("Failed");
    expect(JSON.stringify(status)).not.toContain("canary");
  });
});

describe("a stop", () => {
  test("between write-ahead and write is no refusal: the next leader goes on", async () => {
    const incident = await proposed();
    approve(incident);
    await drive(incident, { request: false, passes: 1 });
    const reconciler = createRemediationReconciler(incident.dependencies);
    const { metadata, spec } = onlyRecord(incident);
    reconciler.requestExecution("shop", metadata.name, spec.approvalDigest);
    const stop = new AbortController();
    incident.cluster.hook = ({ what }) => {
      if (what === "audit") stop.abort(new KubeError("stopped", { code: "ABORTED" }));
      if (stop.signal.aborted && what !== "audit") throw new KubeError("stopped", { code: "ABORTED" });
    };
    await expect(reconciler.reconcile(`shop/${metadata.name}`, stop.signal)).rejects.toThrow("stopped");
    incident.cluster.hook = () => undefined;
    expect((await drive(incident)).status?.phase).toBe("Succeeded");
    expect(incident.cluster.writes).toHaveLength(1);
  });
});

describe("mode auto", () => {
  test("restarts without an approval when our own diagnosis asks for it and the run decided so", async () => {
    const incident = createIncident();
    incident.ownFinding = true;
    await propose(incident.dependencies, requestFor(RESTART));
    expect(onlyRecord(incident).spec.authority.mode).toBe("auto");
    expect((await drive(incident, { request: false, passes: 2 })).status?.phase).toBe("Proposed");
    expect(incident.cluster.writes).toEqual([]);
    const { metadata, spec } = onlyRecord(incident);
    const remediationRef = { name: metadata.name, digest: spec.approvalDigest };
    incident.cluster.put({ ...incident.cluster.peek(RUN_REF), status: { decision: "approve", remediationRef } });
    const { status } = await drive(incident, { request: false, passes: 2 });
    expect(status?.attempts).toHaveLength(1);
    expect(status?.approvalRef).toBeUndefined();
    expect(incident.cluster.writes).toHaveLength(1);
  });

  test("waits for a person when our own diagnosis does not", async () => {
    const incident = createIncident();
    await propose(incident.dependencies, requestFor(RESTART));
    const { status } = await drive(incident, { passes: 2 });
    expect(status?.phase).toBe("Proposed");
    expect(incident.cluster.writes).toEqual([]);
  });
});
