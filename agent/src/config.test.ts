import { describe, expect, it } from "vitest";
import { parseAgentConfig } from "./config.ts";

const enough = { AGENT_SECRET_FILE: "/s", MCP_READ_URL: "http://mcp-read:8081/mcp", MCP_TOKEN_FILE: "/t" };
const chat = {
  ...{ ...enough, MODEL_BACKEND: "chat", AZURE_OPENAI_DEPLOYMENT: "d", AZURE_OPENAI_API_KEY: "k" },
  AZURE_OPENAI_ENDPOINT: "https://r.openai.azure.com/openai/v1/",
};

function faultsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  const parsed = parseAgentConfig(environment);
  return parsed.ok ? [] : parsed.faults.map(({ variable }) => variable);
}

describe("the settings", () => {
  it("need no model", () => {
    expect(parseAgentConfig(enough)).toMatchObject({ ok: true, config: { MODEL_BACKEND: "rules", PORT: 8080 } });
  });

  it("are all named when they are wrong", () => {
    expect(faultsOf({ PORT: "x", MODEL_BACKEND: "magic" }).toSorted()).toEqual([
      "AGENT_SECRET_FILE",
      "MCP_READ_URL",
      "MCP_TOKEN_FILE",
      "MODEL_BACKEND",
      "PORT",
    ]);
  });

  it.each([
    ["are complete for chat", {}, []],
    ["need an endpoint for chat", { AZURE_OPENAI_ENDPOINT: "" }, ["AZURE_OPENAI_ENDPOINT"]],
    ["need a deployment for chat", { AZURE_OPENAI_DEPLOYMENT: "" }, ["AZURE_OPENAI_DEPLOYMENT"]],
    ["need a key for chat", { AZURE_OPENAI_API_KEY: "" }, ["AZURE_OPENAI_API_KEY_FILE"]],
    ["take one key only", { AZURE_OPENAI_API_KEY_FILE: "/k" }, ["AZURE_OPENAI_API_KEY_FILE"]],
    [
      "refuse an endpoint in clear text",
      { AZURE_OPENAI_ENDPOINT: "http://r.openai.azure.com/" },
      ["AZURE_OPENAI_ENDPOINT"],
    ],
    [
      "name all that is missing at once",
      { AZURE_OPENAI_ENDPOINT: "", AZURE_OPENAI_DEPLOYMENT: "" },
      ["AZURE_OPENAI_ENDPOINT", "AZURE_OPENAI_DEPLOYMENT"],
    ],
    ["are complete for responses", { MODEL_BACKEND: "responses" }, []],
    ["need no key with entra", { AZURE_OPENAI_API_KEY: "", AZURE_OPENAI_AUTH: "entra" }, []],
    ["take no key with entra", { AZURE_OPENAI_AUTH: "entra" }, ["AZURE_OPENAI_API_KEY_FILE"]],
    ["take both prices or none", { MODEL_PRICE_INPUT: "4" }, ["MODEL_PRICE_OUTPUT"]],
    ["know the languages", { ANSWER_LANGUAGE: "xx" }, ["ANSWER_LANGUAGE"]],
    ["take clear text on loopback", { AZURE_OPENAI_ENDPOINT: "http://127.0.0.1:1/v1/" }, []],
    [
      "never take OPENAI_BASE_URL",
      { AZURE_OPENAI_ENDPOINT: "", OPENAI_BASE_URL: "https://api.openai.com/v1" },
      ["AZURE_OPENAI_ENDPOINT"],
    ],
  ])("%s", (_case, given, faults) => {
    expect(faultsOf({ ...chat, ...given })).toEqual(faults);
  });
});
