import { z } from "zod";
import { createCall, serveOnStdio, type Tool } from "../src/index.ts";
import { createMemoryReader } from "./memory-reader.ts";

/** The program of elicitation.test.ts: one tool that asks before it acts, and counts how often it acted. */

let opened = 0;

const tool: Tool = {
  descriptor: {
    name: "door_open",
    title: "Open a door",
    description: "Use to open a door.",
    input: z.strictObject({ door: z.string().max(20) }),
    role: "act",
    audience: "model",
    hints: { readOnly: false, destructive: false, idempotent: true, openWorld: false },
  },
  async handle(input: { readonly door: string }, { elicit, signal }) {
    const answer = await elicit?.({ message: `Open ${input.door}?` });
    if (answer === "accept" && !signal.aborted) opened += 1;
    return { ok: true, text: `${answer ?? "nobody to ask"}, opened ${opened}`, evidence: [] };
  },
};

serveOnStdio(
  {
    name: "test",
    version: "0.0.0",
    instructions: "",
    guides: false,
    descriptors: async () => [tool.descriptor],
    call: createCall({
      tools: [tool],
      reader: createMemoryReader().reader,
      reviewer: { may: async () => ({ allowed: false, reason: "" }), authenticate: async () => undefined },
      pseudonym: () => "",
      localCaller: { username: "me" },
      runPrincipals: [],
      now: Date.now,
      onCall: () => undefined,
    }),
  },
  (error) => process.stderr.write(`${error.message}\n`),
);
