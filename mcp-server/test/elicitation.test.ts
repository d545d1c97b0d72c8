import { Client as ModernClient } from "@modelcontextprotocol/client";
import { StdioClientTransport as ModernTransport } from "@modelcontextprotocol/client/stdio";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { ElicitRequestSchema } from "@modelcontextprotocol/sdk/types.js";
import { describe, expect, it, vi } from "vitest";
import { program } from "../../test/program.ts";
import { type Answer, createConversations } from "../src/conversations.ts";

// Processes start slowly on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

const PROGRAM = {
  command: process.execPath,
  args: [program("asking-server")],
};

type Given = { readonly action: Answer; readonly content?: { readonly approve: boolean } };
interface Asking {
  readonly text: string;
  readonly questions: readonly string[];
}

const params = { name: "door_open", arguments: { door: "front" } };
const textOf = (result: unknown) => (result as { content: { text: string }[] }).content[0]?.text ?? "";

async function modern(given: Given | undefined): Promise<Asking> {
  const questions: string[] = [];
  const client = new ModernClient(
    { name: "t", version: "1" },
    {
      versionNegotiation: { mode: { pin: "2026-07-28" } },
      capabilities: given === undefined ? {} : { elicitation: {} },
    },
  );
  if (given !== undefined) {
    client.setRequestHandler("elicitation/create", ({ params: { message } }) => {
      questions.push(message);
      return { ...given };
    });
  }
  await client.connect(new ModernTransport(PROGRAM));
  const text = textOf(await client.callTool(params));
  await client.close();
  return { text, questions };
}

async function legacy(given: Given | undefined): Promise<Asking> {
  const questions: string[] = [];
  const client = new LegacyClient(
    { name: "t", version: "1" },
    { capabilities: given === undefined ? {} : { elicitation: {} } },
  );
  if (given !== undefined) {
    client.setRequestHandler(ElicitRequestSchema, ({ params: { message } }) => {
      questions.push(message);
      return { ...given };
    });
  }
  await client.connect(new LegacyTransport(PROGRAM) as Parameters<typeof client.connect>[0]);
  const text = textOf(await client.callTool(params));
  await client.close();
  return { text, questions };
}

describe.each([
  ["2026 era", modern],
  ["2025 era", legacy],
] as const)("a question to a client of the %s", (_, ask) => {
  it("is answered once, and the call goes on once", async () => {
    const { text, questions } = await ask({ action: "accept", content: { approve: true } });
    expect([text, questions]).toEqual(["accept, opened 1", ["Open front?"]]);
  });

  it.each<[string, Given, string]>([
    ["declined", { action: "decline" }, "decline"],
    ["cancelled", { action: "cancel" }, "cancel"],
    ["accepted without the tick", { action: "accept", content: { approve: false } }, "decline"],
  ])("permits nothing when it is %s", async (_name, given, expected) => {
    expect(await ask(given)).toMatchObject({ text: `${expected}, opened 0` });
  });

  it("is not asked of a client that cannot ask", async () => {
    expect(await ask(undefined)).toMatchObject({ text: "nobody to ask, opened 0", questions: [] });
  });
});

describe("a waiting call", () => {
  const make = (now = () => 0) => createConversations<string>({ now, ttlMs: 1_000, maxWaiting: 2 });
  const asking = async (elicit: (question: { message: string }) => Promise<Answer>) => elicit({ message: "?" });
  const stateOf = (turn: unknown) => (turn as { question: { state: string } }).question.state;

  it("goes on under its own state alone, with the same arguments, and once", async () => {
    const conversations = make();
    const state = stateOf(await conversations.begin("a", asking));
    expect(conversations.resume("invented", "a", "accept")).toBeUndefined();
    expect(conversations.resume(state, "b", "accept")).toBeUndefined();
    expect(await conversations.resume(state, "a", "accept")).toEqual({ reply: "accept" });
    expect(conversations.resume(state, "a", "accept")).toBeUndefined();
  });

  it("is cancelled when its answer comes too late, or too many others wait", async () => {
    let nowMs = 0;
    const conversations = make(() => nowMs);
    const answers: string[] = [];
    const noting = async (elicit: (question: { message: string }) => Promise<Answer>) => {
      const answer = await elicit({ message: "?" });
      answers.push(answer);
      return answer;
    };
    const late = stateOf(await conversations.begin("a", noting));
    nowMs = 1_001;
    expect(conversations.resume(late, "a", "accept")).toBeUndefined();
    for (const key of ["b", "c", "d"]) await conversations.begin(key, noting);
    await expect.poll(() => answers).toEqual(["cancel", "cancel"]);
  });

  it("may ask again", async () => {
    const conversations = make();
    const twice = async (elicit: (question: { message: string }) => Promise<Answer>) =>
      `${await elicit({ message: "1" })} ${await elicit({ message: "2" })}`;
    const first = await conversations.begin("a", twice);
    const second = await conversations.resume(stateOf(first), "a", "accept");
    expect(second).toMatchObject({ question: { message: "2" } });
    expect(await conversations.resume(stateOf(second), "a", "decline")).toEqual({ reply: "accept decline" });
  });
});
