import { EVIDENCE_META_KEY, type JournalEntry } from "@sre-agent/crds";
import { describe, expect, it } from "vitest";
import { imageFinding } from "../test/fake-tools.ts";
import { request } from "../test/runs.ts";
import { parseModelConfig } from "./model/model-config.ts";
import { type InvestigationOptions, runInvestigation } from "./run-investigation.ts";

const parsed = parseModelConfig({});
if (!parsed.ok) throw new Error("the defaults are settings");
const model = parsed.config;
const TEXT = { type: "string" };
const diagnose = {
  ...{ name: "diagnose", description: "", readOnly: true, meta: {} },
  inputSchema: { type: "object", properties: { namespace: TEXT, kind: TEXT, name: TEXT }, additionalProperties: false },
};
const reply = {
  content: [{ type: "text", text: imageFinding.cause }],
  structuredContent: { findings: [imageFinding], gaps: [] },
  _meta: { [EVIDENCE_META_KEY]: ["ev-image"] },
};

function investigate(call: InvestigationOptions["server"]["call"], given: Partial<InvestigationOptions> = {}) {
  const { signal } = new AbortController();
  return runInvestigation({ model, request, server: { tools: [diagnose], call }, signal, ...given });
}

describe("an investigation in this process", () => {
  it("tells each entry as it is made, with what was spent up to it", async () => {
    const told: [string, number][] = [];
    const seen: unknown[] = [];
    const report = await investigate(
      async ({ name, args }) => {
        seen.push([name, args]);
        return reply;
      },
      { onEntry: (entry, { toolCalls }) => void told.push([entry.kind, toolCalls]) },
    );
    expect(report).toMatchObject({ decision: "manual", rootCause: imageFinding.cause, usage: { backend: "rules" } });
    expect(told).toEqual([
      ["begun", 0],
      ["turn", 0],
      ["results", 1],
      ["turn", 1],
      ["ended", 1],
    ]);
    expect(seen).toEqual([["diagnose", { namespace: "shop", kind: "Deployment", name: "web" }]]);
  });

  it("marks the cluster's text otherwise in every run", async () => {
    const marks = new Set<string>();
    const onEntry = (entry: JournalEntry) => void (entry.kind === "begun" && marks.add(entry.mark));
    for (let run = 0; run < 3; run += 1) await investigate(async () => reply, { onEntry });
    expect(marks.size).toBe(3);
  });

  it("ends with the signal, even if the server never answers", async () => {
    const abort = new AbortController();
    const run = investigate(
      () => {
        abort.abort(new Error("stopped"));
        return new Promise<never>(() => undefined);
      },
      { signal: abort.signal },
    );
    await expect(run).rejects.toThrow("stopped");
  });

  it("leaves what a refusal says to the report", async () => {
    const report = await investigate(async () => ({
      content: [{ type: "text", text: "READ_FORBIDDEN: no" }],
      isError: true,
      _meta: {},
    }));
    expect(report.decision).toBe("manual");
  });

  it("offers nothing that is not for models", async () => {
    const server = { tools: [{ ...diagnose, name: "remediation_execute" }], call: async () => reply };
    const report = await investigate(server.call, { server });
    expect(report.rationale).toContain("The diagnosis failed (TOOL_UNKNOWN)");
  });
});
