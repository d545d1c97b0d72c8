import { type Report, reportSchema, type ToolResult } from "@sre-agent/crds";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { brokenImage, fakeTools, imageFinding, receipt, type Script } from "../../test/fake-tools.ts";
import { answer, call, draft, turnOf } from "../../test/models.ts";
import { effects, scriptModel, wholeRun } from "../../test/runs.ts";
import type { Draft } from "./draft.ts";

const looks = [
  call("d", "diagnose", { namespace: "shop" }),
  call("r", "resource_get", { kind: "Deployment", name: "web" }),
];
const proposal = call("p", "workload_rollback", { kind: "Deployment", name: "web", toRevision: 7 });

async function reported(given: Partial<Draft>, setting: { script?: Script; propose?: boolean } = {}): Promise<Report> {
  const { script = brokenImage, propose = false } = setting;
  const turns = [turnOf(...looks), ...(propose ? [turnOf(proposal)] : []), answer(given)];
  const { report } = await wholeRun(effects({ model: scriptModel(turns), tools: fakeTools(script) }));
  expect(reportSchema.safeParse(report).error).toBeUndefined();
  return report;
}

describe("a claim", () => {
  const said = async (text: string, ...evidence: string[]) => {
    const { claims, gaps } = await reported({ claims: [{ text, evidence }], gaps: [] });
    expect(claims.length + gaps.length).toBe(1);
    return claims.length === 1 ? "kept" : gaps[0];
  };

  it("is kept with evidence of this run and quotes that stand there", async () => {
    expect(await said('Deployment web names "shop/web:v2-typo".', "ev-image", "ev-web")).toBe("kept");
    expect(await said('The severity is "critical".', "ev-image")).toBe("kept");
    expect(await said('It is "" and it names "shop/web".', "ev-web")).toBe("kept");
  });

  it.each([
    ["cites nothing", "The image is missing.", [], "it cites no evidence"],
    ["cites what was never received", "It is so.", ["ev-image", "ev-made-up"], "ev-made-up was not received"],
    ["quotes what is nowhere", 'It names "shop/web:v9".', ["ev-image"], '"shop/web:v9" does not occur'],
    ["quotes what another result says", 'The cause is "image-missing-1".', ["ev-web"], "does not occur"],
    ["quotes in typographic marks", "It names “shop/web:v9”.", ["ev-image"], "does not occur"],
    ["quotes over two lines", 'It logs "one\ntwo".', ["ev-image"], "does not occur"],
    ["quotes at length", `It logs "${"x".repeat(400)}".`, ["ev-image"], "does not occur"],
  ])("that %s is dropped and listed", async (_, text, evidence, why) => {
    const gap = await said(text, ...evidence);
    expect(gap).toContain("Dropped");
    expect(gap).toContain(why);
  });

  it("cannot rest on a refused call", async () => {
    const refused = { ok: false, code: "READ_FORBIDDEN", text: "no", evidence: ["ev-web"] };
    const script = { ...brokenImage, resource_get: () => refused };
    const { claims } = await reported({ claims: [{ text: "It is so.", evidence: ["ev-web"] }] }, { script });
    expect(claims).toEqual([]);
  });
});

describe("a root cause", () => {
  it("is kept when its quotes were seen, and dropped when they were not", async () => {
    expect((await reported({ rootCause: imageFinding.cause })).rootCause).toBe(imageFinding.cause);
    const invented = await reported({ rootCause: 'The image is "shop/web:v9".', gaps: [] });
    expect(invented).not.toHaveProperty("rootCause");
    expect(invented.gaps[0]).toContain("root cause");
  });

  it("cannot quote the words of a refusal", async () => {
    const script = { ...brokenImage, resource_get: () => ({ ok: false, code: "NOT_FOUND", text: "no v9 here" }) };
    const report = await reported({ rootCause: 'The image is "v9".' }, { script });
    expect(report).not.toHaveProperty("rootCause");
  });
});

describe("approving", () => {
  const approve: Partial<Draft> = {
    decision: "approve",
    claims: [{ text: "The image is missing.", evidence: ["ev-image", "ev-web"] }],
    gaps: [],
  };
  const proposing = (workload_rollback: NonNullable<Script[string]>, given = approve) =>
    reported(given, { script: { ...brokenImage, workload_rollback }, propose: true });

  it("takes action, parameters and record from the receipt, not from the call or the request", async () => {
    const recorded = { ...receipt, actionRef: "recorded-action" };
    const report = await proposing(() => ({ structured: recorded }));
    expect(report).toMatchObject({
      decision: "approve",
      actionRef: "recorded-action",
      params: { type: "Rollback", toRevision: 1 },
      remediationRef: { name: receipt.name, digest: receipt.digest, summary: receipt.summary },
    });
  });

  it("takes no parameters from the call for a record that names none", async () => {
    const { params: _, ...bare } = receipt;
    expect((await proposing(() => ({ structured: bare }))).params).toEqual({ type: "Rollback" });
  });

  it("refers to no record when there is only a preview, and says what was previewed", async () => {
    const { params: _, actionRef: __, ...bare } = receipt;
    const report = await proposing(() => ({ structured: { ...bare, mode: "observe" } }));
    expect(report).toMatchObject({ decision: "approve", params: { type: "Rollback", toRevision: 7 } });
    expect(report).not.toHaveProperty("remediationRef");
  });

  const refusal: Partial<ToolResult> = { ok: false, code: "QUOTA_EXCEEDED", text: "used up" };
  it.each([
    ["nothing was proposed", undefined],
    ["the proposal was refused", () => refusal],
    ["the refusal looks like a receipt", () => ({ ...refusal, structured: receipt })],
    ["the answer is no receipt", () => ({ text: "done", structured: { name: "web-rollback-1" } })],
  ])("becomes a matter for a person when %s", async (_, reply) => {
    const report = await (reply === undefined ? reported(approve) : proposing(reply));
    expect(report.decision).toBe("manual");
    expect(report.gaps[0]).toContain("no act tool accepted a proposal");
    for (const member of ["remediationRef", "actionRef", "params"]) expect(report).not.toHaveProperty(member);
  });

  it("becomes a matter for a person when what is cited does not carry it", async () => {
    const report = await proposing(() => ({ structured: receipt }), { ...approve, claims: [] });
    expect(report).toMatchObject({ decision: "manual", confidence: "low" });
    expect(report.gaps[0]).toContain("does not carry it");
    expect(report).not.toHaveProperty("remediationRef");
  });

  it.each(["deny", "manual"] as const)("is not what %s does, whatever was proposed", async (decision) => {
    const report = await proposing(() => ({ structured: receipt }), { ...approve, decision });
    expect(report.decision).toBe(decision);
    expect(report).not.toHaveProperty("remediationRef");
  });
});

describe("denying", () => {
  const healthy = { ...brokenImage, diagnose: () => ({ structured: { findings: [], gaps: [] } }) };
  const denied = async (script: Script, place: Record<string, unknown>) => {
    const model = scriptModel([turnOf(call("d", "diagnose", place)), answer({ decision: "deny", gaps: [] })]);
    const { report } = await wholeRun(effects({ model, tools: fakeTools(script) }));
    return report;
  };

  it.each([
    ["the target", { namespace: "shop", kind: "Deployment", name: "web" }],
    ["its namespace", { namespace: "shop" }],
    ["everything", { allNamespaces: true }],
  ])("stands on a diagnosis of %s without a fault", async (_, place) => {
    expect(await denied(healthy, place)).toMatchObject({ decision: "deny", gaps: [] });
  });

  it.each([
    ["another namespace", healthy, { namespace: "other" }, "namespace of the target was not diagnosed"],
    ["nobody knows what", healthy, {}, "namespace of the target was not diagnosed"],
    ["a fault", brokenImage, { namespace: "shop" }, "the evidence does not carry it"],
  ])("becomes a matter for a person on a diagnosis of %s", async (_, script, place, why) => {
    const report = await denied(script, place);
    expect(report.decision).toBe("manual");
    expect(report.gaps[0]).toContain(why);
  });
});

describe("the model's answer", { timeout: 120_000 }, () => {
  it.each([
    ["a confidence", { confidence: "high" }],
    ["parameters", { params: { toRevision: 9 } }],
    ["a record", { remediationRef: { name: "other", digest: receipt.digest } }],
    ["an action", { actionRef: "anything" }],
  ])("cannot bring %s of its own", async (_, more) => {
    const turns = [turnOf(...looks), { report: { ...draft, ...more } }, answer({ rationale: "In form now." })];
    const { report, journal } = await wholeRun(effects({ model: scriptModel(turns), tools: fakeTools(brokenImage) }));
    expect(journal.flatMap((entry) => (entry.kind === "note" ? [entry.code] : []))).toEqual(["nudge_no_answer"]);
    expect(report.rationale).toBe("In form now.");
  });

  it("always makes a report of the right form, with claims on received evidence only", async () => {
    const id = fc.constantFrom("ev-image", "ev-web", "ev-made-up", "");
    const claim = fc.record({
      text: fc.oneof(fc.string({ minLength: 1, maxLength: 1000 }), fc.constantFrom('"v2-typo"', '"', '""""')),
      evidence: fc.array(id, { maxLength: 20 }),
    });
    const drafts = fc.record({
      decision: fc.constantFrom("approve" as const, "deny" as const, "manual" as const),
      rationale: fc.string({ maxLength: 4096 }),
      rootCause: fc.option(fc.string({ maxLength: 1000 })),
      claims: fc.array(claim, { maxLength: 20 }),
      gaps: fc.array(fc.string({ maxLength: 500 }), { maxLength: 20 }),
    });
    await fc.assert(
      fc.asyncProperty(drafts, async (given) => {
        const { claims, gaps } = await reported(given, { propose: true });
        const kept = claims.flatMap(({ evidence }) => evidence);
        expect(kept.filter((each) => each !== "ev-image" && each !== "ev-web")).toEqual([]);
        expect(gaps.length).toBeLessThanOrEqual(20);
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});
