import type { JournalEntry } from "@sre-agent/crds";
import { afterEach, describe, expect, it } from "vitest";
import { brokenImage, fakeTools } from "../../test/fake-tools.ts";
import { hostedOver, turnInput } from "../../test/hosted.ts";
import { effects, request, wholeRun } from "../../test/runs.ts";
import {
  startWireDouble,
  type WireDouble,
  type WireDoubleOptions,
  type WireTurn,
} from "../../test/wire-double/wire-double.ts";
import { responseOf } from "../../test/wire-double/wire-shapes.ts";
import { systemPrompt } from "../prompt/system.ts";
import type { HostedModelOptions } from "./hosted-model.ts";

let double: WireDouble | undefined;
afterEach(async () => {
  await double?.stop();
  double = undefined;
});

interface Given extends WireDoubleOptions {
  readonly model?: Partial<HostedModelOptions>;
}

async function modelOver(turns: readonly WireTurn[], { model, ...options }: Given = {}) {
  double = await startWireDouble(turns, options);
  return hostedOver(double, { api: "responses", ...model });
}

const seen = () => double?.requests ?? [];
const items = (index: number) => seen()[index]?.body.input ?? [];

const args = { namespace: "shop", kind: "Deployment", name: "web" };
const DIAGNOSE = { calls: [{ name: "diagnose", args }] };
const READ = { calls: [{ name: "resource_get", args: { ...args, fields: null } }] };
const ANSWER = {
  content: JSON.stringify({ decision: "manual", rationale: "Look.", rootCause: null, claims: [], gaps: [] }),
};

async function runOver(turns: readonly WireTurn[], given?: Given) {
  const model = await modelOver(turns, given);
  return wholeRun(effects({ tools: fakeTools(brokenImage), model }));
}

describe("a request to the Responses API", () => {
  it("stores nothing, says its effort, and carries strict tools and the report's form", async () => {
    await runOver([DIAGNOSE, ANSWER]);
    const { input: _, instructions, ...body } = seen()[0]!.body;
    expect(body).toMatchObject({
      ...{ model: "deployment-1", store: false, tool_choice: "auto", reasoning: { effort: "medium" } },
      include: ["reasoning.encrypted_content"],
      text: { format: { type: "json_schema", name: "report", strict: true } },
    });
    expect(Object.keys(body).sort()).toEqual(
      ["include", "max_output_tokens", "model", "reasoning", "store", "text", "tool_choice", "tools"].sort(),
    );
    expect(body.tools?.[0]).toMatchObject({ type: "function", name: "diagnose", strict: true });
    // What is special to a run stands in the question, so that all runs begin alike.
    expect(instructions).toBe(systemPrompt());
    expect(seen().map(({ api }) => api)).toEqual(["responses", "responses"]);
  });

  it.each([
    ["none", { effort: "none" }],
    ["high", { effort: "high" }],
    ["omit", undefined],
  ] as const)("with the effort %s", async (reasoningEffort, reasoning) => {
    await runOver([ANSWER], { model: { reasoningEffort } });
    expect(seen()[0]?.body["reasoning"]).toEqual(reasoning);
  });

  it("returns every item of the provider as it came, before the results of its calls", async () => {
    const { journal } = await runOver([DIAGNOSE, READ, ANSWER]);
    const came = journal.flatMap((entry: JournalEntry) => (entry.kind === "turn" ? [entry.opaque ?? []] : []));
    expect(came[0]?.map((item) => Object(item).type)).toEqual(["reasoning", "function_call"]);
    expect(JSON.stringify(came[0])).toBe(JSON.stringify(responseOf(DIAGNOSE, 1).output));
    expect(JSON.stringify(items(1).slice(1, 3))).toBe(JSON.stringify(came[0]));
    expect(items(1)[3]).toMatchObject({ type: "function_call_output", call_id: "call_1_0" });
    expect(JSON.stringify(items(2).slice(4, 6))).toBe(JSON.stringify(came[1]));
  });

  it("leaves every item where it was: a turn adds to the end only", async () => {
    await runOver([DIAGNOSE, READ, ANSWER]);
    for (const index of [1, 2]) {
      const before = items(index - 1);
      expect(JSON.stringify(items(index).slice(0, before.length))).toBe(JSON.stringify(before));
    }
  });

  it("tells a model that goes round in a circle so, and then that nothing is left but to answer", async () => {
    await runOver([DIAGNOSE]);
    const words = seen().map((_, index) =>
      items(index)
        .filter(({ role }) => role === "user")
        .slice(1),
    );
    expect(words.map(({ length }) => length)).toEqual([0, 0, 1, 2]);
    expect(words.at(-1)).toMatchObject([
      { content: expect.stringContaining("Their results will not change") },
      { content: expect.stringContaining("Answer now with the report, without tools") },
    ]);
  });

  it("asks for the forced answer by the choice of tools alone: the list stays", async () => {
    const model = await modelOver([DIAGNOSE, ANSWER]);
    await wholeRun(effects({ tools: fakeTools(brokenImage), model }), { ...request, budget: { steps: 2 } });
    expect(seen().map(({ body }) => body.tool_choice)).toEqual(["auto", "none"]);
    expect(seen()[1]?.body.tools).toEqual(seen()[0]?.body.tools);
  });

  it("leaves the sealed reasoning of another model behind", async () => {
    const first = await runOver([DIAGNOSE, READ, ANSWER]);
    const stored = first.journal.slice(0, 3);
    await double?.stop();
    const model = await modelOver([ANSWER], { model: { model: "deployment-2" } });
    await wholeRun(effects({ tools: fakeTools(brokenImage), model }), { ...request, journal: stored });
    const sent = JSON.stringify(items(0));
    expect(sent).not.toContain("sealed-1");
    expect(items(0).map(({ type }) => type)).toEqual([undefined, "function_call", "function_call_output"]);
  });

  it("tells a turn whose ids were used before with ids of its own", async () => {
    const twice = { calls: [{ id: "call_1_0", name: "resource_get", args: { ...args, fields: null } }] };
    await runOver([DIAGNOSE, twice, ANSWER]);
    const named = items(2).filter(({ type }) => type === "function_call" || type === "function_call_output");
    expect(named.map((item) => item["call_id"])).toEqual(["call_1_0", "call_1_0", "call_1_0_2", "call_1_0_2"]);
  });
});

describe("a reply of the Responses API", () => {
  const failure = async (turn: WireTurn) => {
    const model = await modelOver([turn]);
    return model.turn(turnInput()).catch((error: unknown) => error);
  };
  const body = (more: object) => ({ body: { status: "completed", output: [], usage: {}, ...more } });
  const usage = { input_tokens: 1, output_tokens: 1 };

  it.each([
    ["without usage", body({ usage: undefined }), "bad_response", 2],
    ["without counts", body({}), "bad_response", 2],
    ["that is HTML", { body: "<html>", type: "text/html" }, "bad_response", 2],
    ["without output", { body: { status: "completed", usage } }, "bad_response", 2],
    ["cut half way", { half: "cut" as const }, "unreachable", 5],
    ["that failed", { body: { status: "failed", error: { code: "server_error" } } }, "unreachable", 5],
    [
      "that failed at a limit",
      { body: { status: "failed", error: { code: "rate_limit_exceeded" } } },
      "rate_limited",
      5,
    ],
    ["that a filter ended", { body: { status: "failed", error: { code: "content_filter" } } }, "filtered", 1],
    ["that a filter cut", { finish: "content_filter" as const }, "filtered", 1],
    ["that is a refusal", { refusal: "I cannot" }, "filtered", 1],
    ["that is always cut off", { content: '{"decision":', finish: "length" as const }, "bad_response", 2],
  ])("%s", async (_case, turn, code, attempts) => {
    expect(await failure(turn)).toMatchObject({ name: "ModelError", code });
    expect(seen()).toHaveLength(attempts);
  });

  it("that failed says what it took", async () => {
    const usage = { input_tokens: 500, output_tokens: 60 };
    const failed = { body: { status: "failed", error: { code: "content_filter" }, usage } };
    expect(await failure(failed)).toMatchObject({ code: "filtered", usage: { inputTokens: 500, outputTokens: 60 } });
  });

  it("counts what came from the cache, and what it cost", async () => {
    const model = await modelOver([{ ...ANSWER, usage: { input: 1_000, cached: 600, output: 10 } }], {
      model: { prices: { input: 4, cached: 1, output: 20 } },
    });
    const { usage: counted } = await model.turn(turnInput());
    expect(counted).toEqual({
      ...{ inputTokens: 1_000, cachedInputTokens: 600, outputTokens: 10 },
      costMicroUsd: 400 * 4 + 600 * 1 + 10 * 20,
    });
  });
});

describe("chat before a model that takes tools on the Responses API only", () => {
  it("goes on with it, says so once, and does not ask again", async () => {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const { report } = await runOver([DIAGNOSE, READ, ANSWER], {
      refusesToolsOnChat: true,
      model: { api: "chat", reasoningEffort: "omit", warn },
    });
    expect(report.decision).toBe("manual");
    // Left out for chat; where reasoning is the reason to be, the effort is said.
    expect(seen().map(({ body }) => body["reasoning"])).toEqual([undefined, ...Array(3).fill({ effort: "medium" })]);
    expect(seen().map(({ api }) => api)).toEqual(["chat", "responses", "responses", "responses"]);
    expect(warnings).toEqual([expect.stringContaining("MODEL_BACKEND=responses")]);
  });

  it("knows the refusal by its parameter, when no path is named", async () => {
    const error = { message: "Tools are not supported with this effort.", param: "reasoning_effort", code: null };
    const model = await modelOver([{ status: 400, error }, ANSWER], { model: { api: "chat" } });
    expect(await model.turn(turnInput())).toMatchObject({ report: { decision: "manual" } });
    expect(seen().map(({ api }) => api)).toEqual(["chat", "responses"]);
  });

  it("is not asked twice on the Responses API, whatever a refusal there says", async () => {
    const error = { message: "Not supported in /v1/responses.", code: null };
    const model = await modelOver([{ status: 400, error }]);
    expect(await model.turn(turnInput()).catch((failed: unknown) => failed)).toMatchObject({ code: "bad_response" });
    expect(seen()).toHaveLength(1);
  });

  it("ends when that one refuses too", async () => {
    const model = await modelOver([{ status: 400 }], { refusesToolsOnChat: true, model: { api: "chat" } });
    expect(await model.turn(turnInput()).catch((error: unknown) => error)).toMatchObject({ code: "bad_response" });
    expect(seen()).toHaveLength(2);
  });
});
