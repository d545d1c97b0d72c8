import { reportSchema } from "@sre-agent/crds";
import { afterEach, describe, expect, it } from "vitest";
import { brokenImage, fakeTools, imageFinding } from "../../test/fake-tools.ts";
import { hostedOver, turnInput } from "../../test/hosted.ts";
import { effects, wholeRun } from "../../test/runs.ts";
import {
  startWireDouble,
  type WireDouble,
  type WireDoubleOptions,
  type WireTurn,
} from "../../test/wire-double/wire-double.ts";
import { ModelError } from "./model-error.ts";
import { REPORT_SCHEMA } from "./wire.ts";

/** Endpoints that differ from the provider's own, with the answers that they were seen to give. */

let double: WireDouble | undefined;
afterEach(async () => double?.stop());

const bodies = () => (double?.requests ?? []).map(({ body }) => body);
const args = { namespace: "shop", kind: "Deployment", name: "web" };
const DIAGNOSE = { calls: [{ name: "diagnose", args }] };
const READ = { calls: [{ name: "resource_get", args: { ...args, fields: null } }] };
const report = {
  ...{ decision: "manual", rationale: "Mend the image.", rootCause: 'The image "shop/web:v2-typo" is missing.' },
  ...{ claims: [{ text: 'It names "shop/web:v2-typo".', evidence: ["ev-image"] }], gaps: [] },
};
const ANSWER = { content: JSON.stringify(report) };

async function over(turns: readonly WireTurn[], options: WireDoubleOptions = {}) {
  double = await startWireDouble(turns, options);
  return hostedOver(double);
}

async function runOver(turns: readonly WireTurn[], options: WireDoubleOptions = {}) {
  const tools = fakeTools(brokenImage);
  const run = await wholeRun(effects({ tools, model: await over(turns, options) }));
  return { ...run, reached: tools.calls.map(({ tool }) => tool) };
}

/** The first turn, over tools, when only an answer is allowed. */
async function forcedTurn(turns: readonly WireTurn[]) {
  const model = await over(turns);
  const input = turnInput({ tools: fakeTools(brokenImage).list(), toolChoice: "none" });
  return { turn: () => model.turn(input).catch((error: unknown) => error) };
}

describe("a server that holds a reply to its form from the first token", () => {
  it("lets the model call tools all the same, and answer", async () => {
    const run = await runOver([DIAGNOSE, READ, ANSWER], { formBeforeTools: true });
    expect(run.reached).toEqual(["diagnose", "resource_get"]);
    expect(run.report).toMatchObject({ rationale: "Mend the image.", claims: [{ evidence: ["ev-image"] }] });
  });

  it("is given the form as such only when no tool may be called, and in the prompt always", async () => {
    await runOver([DIAGNOSE, { content: "Hm." }], { formBeforeTools: true });
    const forms = bodies().map((body) => [body.tool_choice, body["response_format"] !== undefined]);
    expect(forms.at(-1)).toEqual(["none", true]);
    expect(forms.slice(0, -1)).toContainEqual(["auto", false]);
    expect(forms).not.toContainEqual(["auto", true]);
    const schema = JSON.stringify(REPORT_SCHEMA.schema);
    expect(bodies().filter(({ messages }) => !messages[0]?.content?.includes(schema))).toEqual([]);
  });
});

describe("an endpoint that knows no JSON schema as a form", () => {
  const unavailable = "This response_format type is unavailable now";
  const refused = (status: number) => ({ status, error: { message: unavailable, type: "invalid_request_error" } });
  const forms = () => bodies().map(({ response_format: form }) => form && Reflect.get(Object(form), "type"));

  it.each([400, 422, 500])("is asked for JSON after its %d, then and from then on", async (status) => {
    const { turn } = await forcedTurn([refused(status), ANSWER, ANSWER]);
    expect(await turn()).toMatchObject({ report });
    expect(await turn()).toMatchObject({ report });
    expect(forms()).toEqual(["json_schema", "json_object", "json_object"]);
  });

  it("nor JSON is asked in words alone", async () => {
    const { turn } = await forcedTurn([refused(400), refused(400), ANSWER, ANSWER]);
    expect(await turn()).toMatchObject({ report });
    expect(await turn()).toMatchObject({ report });
    expect(forms()).toEqual(["json_schema", "json_object", undefined, undefined]);
  });

  it("that refuses something else is asked once", async () => {
    const { turn } = await forcedTurn([{ status: 400, error: { message: "tools[3] is wrong" } }, ANSWER]);
    expect(await turn()).toBeInstanceOf(ModelError);
    expect(bodies()).toHaveLength(1);
  });
});

describe("an endpoint that wants a text with every turn", () => {
  const dumped = [
    "7 validation errors:",
    `{'loc': ('body', 'messages', 2, 'Assistant', 'content'), 'msg': 'Input should be a valid string', 'input': None}`,
  ].join("\n");

  it.each([
    ["llama-cpp-python", { status: 500, error: { message: dumped, type: "internal_server_error" } }],
    ["Ollama", { status: 400, error: { message: "invalid message content type: <nil>" } }],
    ["a gateway", { status: 422, error: { message: "messages.2.content: null is not allowed" } }],
  ])("is given an empty one after the refusal of %s, then and from then on", async (_, refused) => {
    const run = await runOver([DIAGNOSE, refused, READ, ANSWER]);
    expect(run.reached).toEqual(["diagnose", "resource_get"]);
    expect(run.report).toMatchObject({ rationale: "Mend the image." });
    const silences = bodies().map(({ messages }) =>
      messages.filter(({ role }) => role === "assistant").map(({ content }) => content),
    );
    expect(silences).toEqual([[], [null], [""], ["", ""]]);
  });

  it("and still refuses is not asked that a third time", async () => {
    const refused = { status: 400, error: { message: "messages[2].content is null" } };
    const run = await runOver([DIAGNOSE, refused]);
    expect(bodies()).toHaveLength(3);
    expect(run.report).toMatchObject({ decision: "manual", rootCause: imageFinding.cause });
  });
});

describe("a report among words", () => {
  it.each([
    ["a fence", `\`\`\`json\n${ANSWER.content}\n\`\`\``],
    ["a sentence before it", `Here is the report:\n\n${ANSWER.content}`],
  ])("is found in %s", async (_, content) => {
    const { turn } = await forcedTurn([{ content }]);
    expect(await turn()).toMatchObject({ report });
  });

  it.each([
    ["JSON of another form", 'I will call {"name":"diagnose","arguments":{}} now.'],
    ["two of them", `${ANSWER.content}\n${ANSWER.content}`],
  ])("is not made of %s", async (_, content) => {
    const { turn } = await forcedTurn([{ content }]);
    expect(await turn()).toMatchObject({ text: content });
  });
});

describe("a prompt that does not fit the server's window", () => {
  it.each([
    [
      "llama.cpp",
      {
        ...{ code: 400, type: "exceed_context_size_error", n_prompt_tokens: 9_120, n_ctx: 8_192 },
        message: "request (9120 tokens) exceeds the available context size (8192 tokens), try increasing it",
      },
    ],
    [
      "vLLM",
      {
        ...{ code: 400, type: "BadRequestError", param: null },
        message: "This model's maximum context length is 8192 tokens. However, you requested 9120 tokens.",
      },
    ],
    ["OpenAI", { code: "context_length_exceeded", type: "invalid_request_error", param: "messages", message: "m" }],
  ])("of %s ends in the analyzers' report, which names the setting", async (_, error) => {
    const run = await runOver([{ status: 400, error }]);
    expect(run.reached).toEqual(["diagnose"]);
    expect(run.report).toMatchObject({ decision: "manual", rootCause: imageFinding.cause });
    expect(run.report.gaps.join()).toContain("MODEL_CONTEXT_TOKENS");
    expect(reportSchema.safeParse(run.report).error).toBeUndefined();
    expect(bodies()).toHaveLength(1);
  });
});
