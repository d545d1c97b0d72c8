import { reportSchema } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { brokenImage, DIGEST, fakeTools, imageFinding } from "../../test/fake-tools.ts";
import { effects, request, wholeRun } from "../../test/runs.ts";

const nothing = () => ({ text: "no findings", structured: { findings: [], gaps: [] } });

describe("the rules backend", () => {
  it("confirms and proposes an allowed fix of the target's fault, and approves it", async () => {
    const tools = fakeTools(brokenImage);
    const { report, journal } = await wholeRun(effects({ tools }));
    expect(tools.calls.map(({ tool }) => tool)).toEqual(["diagnose", "resource_get", "workload_rollback"]);
    expect(tools.calls[2]?.arguments).toMatchObject({ toRevision: 1, evidence: ["ev-image", "ev-web"] });
    expect(report).toMatchObject({
      decision: "approve",
      confidence: "high",
      actionRef: "rollback-web",
      params: { toRevision: 1 },
      remediationRef: { name: "web-rollback-1", digest: DIGEST },
      rootCause: imageFinding.cause,
      claims: [{ evidence: ["ev-image", "ev-web"] }],
      gaps: [],
    });
    expect(report.rationale).toContain("no model was used");
    expect(report.findings[0]).not.toHaveProperty("evidenceId");
    expect(reportSchema.safeParse(report).error).toBeUndefined();
    expect(journal.map(({ kind }) => kind)).toEqual([
      ...["begun", "turn", "results", "turn", "results", "turn", "results", "turn", "ended"],
    ]);
  });

  it("denies when nothing above info is found", async () => {
    const info = { ...imageFinding, severity: "info" as const };
    const tools = fakeTools({ ...brokenImage, diagnose: () => ({ structured: { findings: [info], gaps: [] } }) });
    const { report } = await wholeRun(effects({ tools }));
    expect(report.decision).toBe("deny");
    expect(tools.calls).toHaveLength(1);
    const healthy = await wholeRun(effects({ tools: fakeTools({ ...brokenImage, diagnose: nothing }) }));
    expect(healthy.report.decision).toBe("deny");
  });

  it.each([
    ["no action is allowed", { ...request, actionRefs: [] }, brokenImage, "Roll back Deployment/web"],
    [
      "the act tool refuses",
      request,
      {
        ...brokenImage,
        workload_rollback: () => ({ ok: false, code: "QUOTA_EXCEEDED", text: "QUOTA_EXCEEDED: used" }),
      },
      "QUOTA_EXCEEDED",
    ],
    [
      "the diagnosis fails",
      request,
      { ...brokenImage, diagnose: () => ({ ok: false, code: "READ_FORBIDDEN", text: "no" }) },
      "READ_FORBIDDEN",
    ],
    [
      "the fault is elsewhere",
      { ...request, context: { ...request.context, target: { kind: "Deployment", namespace: "shop", name: "api" } } },
      brokenImage,
      "does not concern the target",
    ],
    ["the act tool is not offered", request, { diagnose: brokenImage["diagnose"]! }, "Roll back Deployment/web"],
  ])("leaves it to a person when %s", async (_case, asked, script, words) => {
    const { report } = await wholeRun(effects({ tools: fakeTools(script) }), asked);
    expect(report.decision).toBe("manual");
    expect(report.rationale).toContain(words);
    expect(report).not.toHaveProperty("remediationRef");
  });

  it("writes the same journal for the same input", async () => {
    const [first, second] = await Promise.all([1, 2].map(() => wholeRun(effects({ tools: fakeTools(brokenImage) }))));
    expect(first?.journal).toEqual(second?.journal);
  });
});
