import { afterEach, describe, expect, it } from "vitest";
import {
  startWireDouble,
  type WireDouble,
  type WireDoubleOptions,
  type WireTurn,
} from "../../test/wire-double/wire-double.ts";
import { examineModel } from "./examine-model.ts";
import { parseModelConfig } from "./model-config.ts";

let double: WireDouble | undefined;
afterEach(async () => double?.stop());

const { signal } = new AbortController();
const CALL = { calls: [{ name: "probe", args: { word: "ready", count: null } }] };
const CACHED = { content: "{}", usage: { input: 2_000, cached: 1_920, output: 20 } };

interface Given extends WireDoubleOptions {
  readonly environment?: Readonly<Record<string, string>>;
}

async function examined(turns: readonly WireTurn[], { environment, ...options }: Given = {}) {
  double = await startWireDouble(turns, options);
  const parsed = parseModelConfig({
    ...{ MODEL_BACKEND: "responses", AZURE_OPENAI_ENDPOINT: double.baseUrl, AZURE_OPENAI_DEPLOYMENT: "d" },
    ...{ AZURE_OPENAI_API_KEY: "key-1" },
    ...environment,
  });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return examineModel(parsed.config, signal);
}

const statuses = (checks: Awaited<ReturnType<typeof examined>>) => checks.map(({ name, status }) => [name, status]);

describe("the examination of a deployment", () => {
  it("says that all is well, with what it saw", async () => {
    const headers = { "x-ratelimit-limit-tokens": "1000000", "x-ratelimit-remaining-requests": "99" };
    const checks = await examined([CALL, CACHED], { headers });
    expect(statuses(checks)).toEqual([
      ["address", "ok"],
      ["deployment", "ok"],
      ["tools", "ok"],
      ["strict schemas", "ok"],
      ["second turn", "ok"],
      ["report form", "ok"],
      ["cache", "ok"],
      ["rate limits", "ok"],
    ]);
    const said = checks.map(({ found }) => found).join("\n");
    expect(said).toContain("with 5 reasoning tokens");
    expect(said).toContain("Sealed reasoning was taken back.");
    expect(said).toContain("1920 of 2000 input tokens");
    expect(said).toContain("limit-tokens 1000000");
    expect(checks.filter(({ change }) => change !== undefined)).toEqual([]);
    expect(double?.requests).toHaveLength(2);
  });

  it("names the backend when chat refuses tools with reasoning, and looks whether the other one works", async () => {
    const checks = await examined([CALL], { refusesToolsOnChat: true, environment: { MODEL_BACKEND: "chat" } });
    expect(checks).toContainEqual(
      expect.objectContaining({ name: "tools", status: "fail", change: "Set MODEL_BACKEND=responses." }),
    );
    expect(statuses(checks)).toContainEqual(["tools", "ok"]);
  });

  it.each([
    ["a wrong key", { status: 401 }, "authorization", "AZURE_OPENAI_SCOPE"],
    ["no such deployment", { status: 404 }, "deployment", "AZURE_OPENAI_DEPLOYMENT"],
    ["a rate limit", { status: 429 }, "rate limits", "tokens per minute"],
    ["no answer that is one", { status: 503 }, "connection", "egress"],
    ["a filter", { status: 400, error: { code: "content_filter" } }, "deployment", "content filter"],
  ])("says what to change: %s", async (_case, turn, name, change) => {
    const checks = await examined([turn]);
    const failed = checks.find(({ status }) => status === "fail");
    expect(failed).toMatchObject({ name, change: expect.stringContaining(change) });
    expect(JSON.stringify(checks)).not.toContain("key-1");
  });

  it("tells a model that takes no tools from one that takes nothing", async () => {
    const checks = await examined([{ status: 400, error: { param: "tools" } }, { content: "{}" }]);
    expect(statuses(checks)).toContainEqual(["deployment", "ok"]);
    expect(statuses(checks)).toContainEqual(["tools", "fail"]);
  });

  it.each(["responses", "chat"])(
    "looks over %s whether an answer without tools has the report's form",
    async (backend) => {
      const checks = await examined([CALL, { content: "Hm." }], { environment: { MODEL_BACKEND: backend } });
      expect(statuses(checks)).toContainEqual(["report form", "warn"]);
      const asked = double?.requests.map(({ body }) => [body.tool_choice, "response_format" in body || "text" in body]);
      expect(asked).toEqual([
        ["auto", backend === "responses"],
        ["none", true],
      ]);
    },
  );

  it("warns when nothing comes from the cache and no limit is said", async () => {
    const checks = await examined([CALL, { content: "{}" }]);
    expect(statuses(checks)).toContainEqual(["cache", "warn"]);
    expect(statuses(checks)).toContainEqual(["rate limits", "warn"]);
  });

  it("says of an endpoint that is not there only that", async () => {
    const gone = { AZURE_OPENAI_ENDPOINT: "http://127.0.0.1:1/openai/v1/" };
    expect(statuses(await examined([], { environment: gone }))).toEqual([
      ["address", "ok"],
      ["connection", "fail"],
    ]);
  });

  it("says when sealed reasoning is not taken back", async () => {
    expect(statuses(await examined([CALL, { status: 400 }]))).toContainEqual(["second turn", "fail"]);
  });

  it("says that an address of Azure without the v1 path is wrong", async () => {
    const { checkAddress } = await import("./examine-checks.ts");
    const at = (endpoint: string) => {
      const parsed = parseModelConfig({ AZURE_OPENAI_ENDPOINT: endpoint });
      return parsed.ok ? checkAddress(parsed.config).status : undefined;
    };
    expect(at("https://r.openai.azure.com/")).toBe("fail");
    expect(at("https://r.openai.azure.com/openai/v1/?api-version=2024-10-21")).toBe("fail");
    expect(at("https://r.services.ai.azure.com/openai/v1/")).toBe("ok");
    expect(at("https://r.services.ai.azure.com/api/projects/p/openai/v1/")).toBe("ok");
    expect(at("http://localhost:8000/v1/")).toBe("ok");
  });
});
