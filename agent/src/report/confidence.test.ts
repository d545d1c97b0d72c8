import type { Report } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { brokenImage, fakeTools, imageFinding, type Script } from "../../test/fake-tools.ts";
import { answer, call, turnOf } from "../../test/models.ts";
import { effects, scriptModel, wholeRun } from "../../test/runs.ts";

const nothing = { findings: [], gaps: [] };
const diagnosing = (...answers: readonly object[]): Script => {
  const given = [...answers];
  return { ...brokenImage, diagnose: () => ({ structured: given.shift(), evidence: ["ev-image"] }) };
};
const found = (more: object = {}, gaps: readonly string[] = []) => ({
  findings: [{ ...imageFinding, ...more }],
  gaps,
});
const byTenant = { evidence: imageFinding.evidence.map((each) => ({ ...each, writableBy: "tenant" })) };

interface Row {
  readonly script?: Script;
  readonly cited?: readonly string[];
  readonly calls?: readonly string[];
  readonly confidence: Report["confidence"];
}

const ROWS: readonly (readonly [string, Row])[] = [
  ["a control-plane fact and a second look", { confidence: "high" }],
  ["one look alone", { cited: ["ev-image"], confidence: "medium" }],
  ["the same look twice", { calls: ["diagnose", "diagnose"], cited: ["ev-image"], confidence: "medium" }],
  ["something that stayed unread", { script: diagnosing(found({}, ["logs of web"])), confidence: "medium" }],
  ["what tenants wrote alone", { script: diagnosing(found(byTenant)), confidence: "low" }],
  ["a second look without the finding", { cited: ["ev-web"], confidence: "low" }],
  ["no citation", { cited: [], confidence: "low" }],
  ["no diagnosis", { calls: ["resource_get"], cited: ["ev-web"], confidence: "low" }],
  ["a diagnosis without its structure", { script: diagnosing({ text: "fine" }), confidence: "low" }],
  ["a finding that cannot be read", { script: diagnosing(found({ severity: "fatal" })), confidence: "low" }],
  ["no fault at all", { script: diagnosing(nothing), cited: ["ev-web"], confidence: "medium" }],
  ["an informational finding", { script: diagnosing(found({ severity: "info", ...byTenant })), confidence: "medium" }],
  [
    "a cause that a later look no longer finds",
    { script: diagnosing(found(), nothing), calls: ["diagnose", "resource_get", "diagnose"], confidence: "low" },
  ],
];

describe("confidence", () => {
  it.each(ROWS)("with %s", async (_, { script, cited = ["ev-image", "ev-web"], calls, confidence }) => {
    const asked = (calls ?? ["diagnose", "resource_get"]).map((tool, index) => call(`c${index}`, tool));
    const claims = [{ text: "The image is missing.", evidence: [...cited] }];
    const model = scriptModel([turnOf(...asked), answer({ claims, gaps: [] })]);
    const { report } = await wholeRun(effects({ model, tools: fakeTools(script ?? brokenImage) }));
    expect(report.confidence).toBe(confidence);
  });
});
