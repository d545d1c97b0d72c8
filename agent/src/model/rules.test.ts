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

  const fixedBy = (type: "Restart" | "Scale" | "Evict", kind: string, parameters: object) => ({
    ...imageFinding,
    fix: {
      ...{ kind: "action", summary: `${type} it.` },
      action: { type, target: { apiVersion: "v1", kind, namespace: "shop", name: "web", uid: "u-1" }, parameters },
    },
  });
  const TOOL = { Restart: "workload_restart", Scale: "workload_scale", Evict: "pod_evict" } as const;

  it.each([
    ["Restart", "Deployment", {}, {}],
    ["Scale", "Deployment", { replicas: 3 }, { replicas: 3 }],
    ["Evict", "Pod", {}, {}],
  ] as const)("proposes every kind of action: %s", async (type, kind, parameters, sent) => {
    const finding = fixedBy(type, kind, parameters);
    const tools = fakeTools({
      ...brokenImage,
      diagnose: () => ({ structured: { findings: [finding], gaps: [] }, evidence: ["ev-image"] }),
      [TOOL[type]]: brokenImage["workload_rollback"]!,
    });
    const { report } = await wholeRun(effects({ tools }));
    expect(tools.calls.at(-1)).toMatchObject({ tool: TOOL[type], arguments: { name: "web", ...sent } });
    expect(report.decision).toBe("approve");
  });

  it("looks at what came before and at the logs, where those tools are listed, and cites what they show", async () => {
    const finding = {
      ...imageFinding,
      explains: [{ subject: { kind: "Pod", name: "web-1", namespace: "shop" }, symptom: "it waits" }],
    };
    const tools = fakeTools({
      ...brokenImage,
      diagnose: () => ({ structured: { findings: [finding], gaps: [] }, evidence: ["ev-image"] }),
      changes_recent: () => ({ text: "image: shop/web:v1 → shop/web:v2-typo", evidence: ["ev-change"] }),
      pod_logs: () => ({ text: "nothing of it", evidence: ["ev-log"] }),
    });
    const { report } = await wholeRun(effects({ tools }));
    expect(tools.calls.map(({ tool }) => tool)).toEqual([
      ...["diagnose", "resource_get", "changes_recent", "pod_logs", "workload_rollback"],
    ]);
    expect(tools.calls[3]?.arguments).toEqual({ namespace: "shop", pod: "web-1" });
    expect(report.claims[0]?.evidence).toEqual(["ev-image", "ev-web", "ev-change"]);
  });

  it("ends each phrase as a sentence", async () => {
    const fix = { kind: "decision", summary: "push the image" };
    const finding = { ...imageFinding, cause: "the image is not there", fix };
    const script = { diagnose: () => ({ structured: { findings: [finding], gaps: [] } }) };
    const { report } = await wholeRun(effects({ tools: fakeTools(script) }));
    expect(report.rationale).toMatch(/^the image is not there\. Next: push the image\. Decided by fixed rules/);
  });

  it("says which change came before, and by whom", async () => {
    const change = { object: imageFinding.subject, what: "image v1 → v2-typo", at: "2026-01-01T00:00:00Z", by: "ci" };
    const finding = { ...imageFinding, change };
    const script = { ...brokenImage, diagnose: () => ({ structured: { findings: [finding], gaps: [] } }) };
    const { report } = await wholeRun(effects({ tools: fakeTools(script) }), { ...request, actionRefs: [] });
    expect(report.rationale).toContain("Before it, at 2026-01-01T00:00:00Z, by ci: image v1 → v2-typo.");
  });

  it("names the field and the value of a patch that a person has to make", async () => {
    const fix = {
      ...{ kind: "patch", target: imageFinding.subject, summary: "Correct the selector." },
      patch: [{ path: "/spec/selector/app", from: '"wbe"', to: '"web"' }],
    };
    const script = {
      diagnose: () => ({ structured: { findings: [{ ...imageFinding, fix }], gaps: [] } }),
    };
    const { report } = await wholeRun(effects({ tools: fakeTools(script) }));
    expect(report.decision).toBe("manual");
    expect(report.rationale).toContain('/spec/selector/app: "wbe" → "web"');
  });
});
