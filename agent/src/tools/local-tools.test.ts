import { expect, it } from "vitest";
import { type LocalServer, localTools } from "./local-tools.ts";

const tools = [{ name: "diagnose", description: "", inputSchema: {}, readOnly: true, meta: {} }];
const call = { id: "c1", tool: "diagnose", arguments: {} };
const { signal } = new AbortController();
const options = { correlationId: "corr-1", signal, timeoutMs: 20 };

it.each<[string, LocalServer["call"]]>([
  ["that is never answered", () => new Promise(() => undefined)],
  [
    "that its server gives up",
    (asked) => new Promise((_, reject) => asked.signal.addEventListener("abort", () => reject(asked.signal.reason))),
  ],
])("a call %s has a result all the same, when its time is over", async (_, answer) => {
  expect(await localTools({ tools, call: answer }).call(call, options)).toMatchObject({
    ...{ callId: "c1", ok: false, code: "TOOL_TIMEOUT", evidence: [] },
  });
});

it("a call of a tool that is not there has a result too", async () => {
  const { call: asked } = localTools({ tools, call: () => Promise.reject(new Error("not reached")) });
  expect(await asked({ ...call, tool: "shell" }, options)).toMatchObject({ ok: false, code: "TOOL_UNKNOWN" });
});
