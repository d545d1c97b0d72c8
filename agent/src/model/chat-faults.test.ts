import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { brokenImage, fakeTools } from "../../test/fake-tools.ts";
import { turnInput } from "../../test/hosted.ts";
import { effects, wholeRun } from "../../test/runs.ts";
import { startWireDouble, type WireDouble, type WireTurn } from "../../test/wire-double/wire-double.ts";
import { parseAgentConfig } from "../config.ts";
import { modelOf } from "./model-of.ts";
import type { RetryEffects } from "./with-retries.ts";

let folder: string;
let keyFile: string;
let double: WireDouble | undefined;
const waits: number[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "chat-"));
  keyFile = join(folder, "key");
  rotate("key-1");
  waits.length = 0;
});
afterEach(async () => {
  await double?.stop();
  rmSync(folder, { recursive: true });
});

/** As a mounted Secret does it: another file takes the name. */
function rotate(key: string): void {
  writeFileSync(`${keyFile}.new`, key);
  renameSync(`${keyFile}.new`, keyFile);
}

const patient: RetryEffects = { sleep: async (ms) => void waits.push(ms), now: () => 0, random: () => 1 };

async function chatOver(
  turns: readonly WireTurn[],
  given: Partial<RetryEffects> = {},
  warn: (message: string) => void = () => undefined,
) {
  double = await startWireDouble(turns);
  const parsed = parseAgentConfig({
    ...{ AGENT_SECRET_FILE: keyFile, MCP_READ_URL: "http://mcp-read:8081/mcp", MCP_TOKEN_FILE: keyFile },
    ...{ MODEL_BACKEND: "chat", AZURE_OPENAI_DEPLOYMENT: "deployment-1", AZURE_OPENAI_API_KEY_FILE: keyFile },
    AZURE_OPENAI_ENDPOINT: double.baseUrl,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return modelOf(parsed.config, { effects: { ...patient, ...given }, warn });
}

const seen = () => double?.requests ?? [];
const keysSeen = () => seen().map(({ headers }) => headers.authorization);

const report = { decision: "manual", rationale: "Look.", rootCause: null, claims: [], gaps: [] };
const DIAGNOSE = { calls: [{ name: "diagnose", args: { namespace: "shop", kind: "Deployment", name: "web" } }] };
const ANSWER = { content: JSON.stringify(report) };

interface Ask {
  readonly given?: Partial<RetryEffects>;
  readonly signal?: AbortSignal;
  readonly outputTokensLeft?: number;
}

/** Takes the first turn; what it did not survive is the value. */
async function firstTurn(turns: readonly WireTurn[], { given, signal, outputTokensLeft = 400 }: Ask = {}) {
  const model = await chatOver(turns, given);
  const input = turnInput({ outputTokensLeft, ...(signal === undefined ? {} : { signal }) });
  return model.turn(input).catch((error: unknown) => error);
}

describe("the key", () => {
  it("that was rotated on the way gets its own answer", async () => {
    const slow = { sleep: async () => rotate("key-2") };
    expect(await firstTurn([{ status: 503 }, ANSWER], { given: slow })).toMatchObject({ report });
    expect(keysSeen()).toEqual(["Bearer key-1", "Bearer key-2"]);
  });

  it("that is refused and has not changed is not tried again", async () => {
    expect(await firstTurn([{ status: 401 }, ANSWER])).toMatchObject({ code: "auth" });
    expect(keysSeen()).toEqual(["Bearer key-1"]);
  });

  it("that is refused is read once more, and tried when it is another", async () => {
    const model = await chatOver([{ status: 401 }, DIAGNOSE, ANSWER]);
    double?.onRequest(() => rotate("key-2"));
    const { journal } = await wholeRun(effects({ tools: fakeTools(brokenImage), model }));
    expect(journal.at(-1)).toMatchObject({ kind: "ended", report: { decision: "manual" } });
    expect(keysSeen()).toEqual(["Bearer key-1", "Bearer key-2", "Bearer key-2"]);
    expect(waits).toEqual([]);
  });

  it("that is refused twice ends the turn", async () => {
    const model = await chatOver([{ status: 401 }]);
    let rotations = 1;
    double?.onRequest(() => rotate(`key-${++rotations}`));
    const { report: ended } = await wholeRun(effects({ tools: fakeTools(brokenImage), model }));
    expect(ended.gaps[0]).toContain("the key is wrong");
    expect(seen()).toHaveLength(2);
  });

  it("that cannot be read is an error of the key, not of the network, and nothing is sent", async () => {
    rmSync(keyFile);
    expect(await firstTurn([ANSWER])).toMatchObject({ code: "auth" });
    expect(seen()).toEqual([]);
    writeFileSync(keyFile, "key-1");
  });

  it("that no header can carry is an error of the key, and stands in no word of ours", async () => {
    rotate("key-1\nkey-€");
    const error = (await firstTurn([ANSWER])) as Error;
    expect(error).toMatchObject({ code: "auth", message: expect.stringContaining("cannot be sent") });
    expect(inspect(error, { depth: 20, showHidden: true })).not.toContain("key-€");
    expect(seen()).toEqual([]);
  });

  it("stands in no error, however deep one looks", async () => {
    for (const status of [400, 401, 429, 500]) {
      expect(inspect(await firstTurn([{ status }]), { depth: 20, showHidden: true })).not.toContain("key-1");
      await double?.stop();
    }
  });

  it.each([400, 401, 404, 429, 500])("that the endpoint quotes with a %i is in no word of ours", async (status) => {
    const error = { message: "Incorrect API key provided: key-1", param: "key-1", code: "key-1", type: "key-1" };
    const { message } = (await firstTurn([{ status, error }])) as Error;
    expect(message).toContain("model's");
    expect(message).not.toContain("key-1");
  });
});

describe("a reply", () => {
  it.each([
    ["cut half way", { half: "cut" as const }, "unreachable", 5],
    ["that ends half way through its JSON", { body: '{"choices": [' }, "bad_response", 2],
  ])("%s is no answer", async (_name, turn, code, attempts) => {
    expect(await firstTurn([turn])).toMatchObject({ name: "ModelError", code });
    expect(seen()).toHaveLength(attempts);
  });

  it("cut half way once is asked for again", async () => {
    expect(await firstTurn([{ half: "cut" }, ANSWER])).toMatchObject({ report });
    expect(waits).toEqual([2_000]);
  });

  it("without JSON is asked for once more, and counted", async () => {
    const turn = await firstTurn([{ content: "Let me think." }, ANSWER]);
    expect(turn).toMatchObject({ report, usage: { inputTokens: 200, outputTokens: 40 } });
  });

  it("without JSON twice is left to the loop, which says what is wanted", async () => {
    expect(await firstTurn([{ content: "Let me think." }])).toMatchObject({ text: "Let me think.", calls: [] });
    expect(seen()).toHaveLength(2);
  });

  it.each([
    ["doubles", 400, [100, 200]],
    ["takes what is left", 150, [100, 130]],
    ["is not asked for again when nothing more is left", 120, [100]],
  ])("cut off by its cap: %s", async (_name, outputTokensLeft, caps) => {
    const error = await firstTurn([{ content: '{"decision":', finish: "length" }], { outputTokensLeft });
    expect(error).toMatchObject({ code: "bad_response", final: true });
    expect(seen().map(({ body }) => body["max_completion_tokens"])).toEqual(caps);
  });
});

describe("a fault of our own code", () => {
  const unheard = { ...{ name: "probe", description: "d", role: "read" as const }, inputSchema: undefined as never };

  it("is no fault of the network: nothing is sent or tried again, and the cause is kept", async () => {
    const warnings: string[] = [];
    const model = await chatOver([ANSWER], {}, (message) => void warnings.push(message));
    const failure = await model.turn(turnInput({ tools: [unheard] })).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: "ModelError", code: "internal", final: true, cause: expect.any(TypeError) });
    expect(seen()).toEqual([]);
    expect(waits).toEqual([]);
    expect(warnings).toEqual([expect.stringMatching(/agent's own code failed.*TypeError.*strict-schema/s)]);
  });

  it("ends the run in a report of what the analyzers see", async () => {
    const model = await chatOver([ANSWER]);
    const tools = fakeTools(brokenImage);
    const broken = { ...tools, list: () => [...tools.list(), unheard] };
    const { report: ended, journal } = await wholeRun(effects({ tools: broken, model }));
    expect(ended).toMatchObject({ decision: "manual", rootCause: expect.any(String) });
    expect(ended.gaps[0]).toContain("The agent's own code failed");
    expect(journal.find(({ kind }) => kind === "note")).toMatchObject({ code: "model_internal" });
    expect(tools.calls.map(({ tool }) => tool)).toEqual(["diagnose"]);
  });
});

describe("what failed attempts took", () => {
  const LOST = { content: '{"decision":', finish: "length" as const, usage: { input: 1_000, output: 90 } };

  it("counts in the turn that came after them, with the requests of which nothing is known", async () => {
    const turns = [{ body: { choices: [], usage: counted(70, 7) } }, { half: "cut" as const }, ANSWER];
    expect(await firstTurn(turns)).toMatchObject({
      report,
      usage: { inputTokens: 170, outputTokens: 27, unreported: 1 },
    });
  });

  it.each([
    ["cut off twice", [LOST], { inputTokens: 2_000, outputTokens: 180 }],
    ["cut off, and then gone", [LOST, { half: "cut" }], { inputTokens: 1_000, outputTokens: 90, unreported: 5 }],
    ["refused by the model", [{ refusal: "I cannot", usage: { input: 40, output: 4 } }], { inputTokens: 40 }],
  ])("stands in the failure of a reply %s", async (_name, turns, usage) => {
    expect(await firstTurn(turns as readonly WireTurn[])).toMatchObject({ name: "ModelError", usage });
  });

  it.each([429, 503])("is nothing where the endpoint refused with a %i", async (status) => {
    expect(await firstTurn([{ status }, ANSWER])).toMatchObject({ usage: { inputTokens: 100, outputTokens: 20 } });
    expect(await firstTurn([{ status }])).toMatchObject({ usage: undefined });
  });

  it("stands in the report of a run that ends by it, and what is not known is told", async () => {
    const model = await chatOver([DIAGNOSE, LOST, { half: "cut" }]);
    const { report: ended } = await wholeRun(effects({ tools: fakeTools(brokenImage), model }));
    expect(ended.usage).toMatchObject({ steps: 1, inputTokens: 1_100, outputTokens: 110 });
    expect(ended.gaps).toContainEqual(expect.stringContaining("did not say what 5 failed requests of the model took"));
  });
});

const counted = (prompt_tokens: number, completion_tokens: number) => ({ prompt_tokens, completion_tokens });

describe("a redirect", () => {
  it("is an error, and takes the prompt nowhere", async () => {
    const elsewhere = await startWireDouble([ANSWER]);
    try {
      const failure = await firstTurn([{ redirect: `${elsewhere.baseUrl}chat/completions` }]);
      expect(failure).toMatchObject({ code: "unreachable" });
      expect(elsewhere.requests).toEqual([]);
    } finally {
      await elsewhere.stop();
    }
  });
});

describe("an abort", () => {
  it.each([
    ["of a call that gets no answer", { never: true as const }],
    ["in the middle of a body", { half: "stalled" as const }],
  ])("%s ends the turn at once", async (_name, turn) => {
    const abort = new AbortController();
    const failure = firstTurn([turn], { signal: abort.signal });
    while (seen().length === 0) await new Promise((resolve) => setImmediate(resolve));
    if ("half" in turn) await double?.halfSent;
    abort.abort();
    // Nothing more comes from the endpoint, so whatever ends here ends by the abort.
    expect(await failure).toMatchObject({ code: "aborted" });
  });

  it("of a wait ends the turn, and nothing more is sent", async () => {
    const abort = new AbortController();
    const sleep = (_ms: number, signal: AbortSignal) =>
      new Promise<void>((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        abort.abort();
      });
    expect(await firstTurn([{ status: 429 }, ANSWER], { given: { sleep }, signal: abort.signal })).toMatchObject({
      code: "aborted",
    });
    expect(seen()).toHaveLength(1);
  });
});
