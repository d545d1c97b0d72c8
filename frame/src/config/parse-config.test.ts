import { describe, expect, test } from "vitest";
import { z } from "zod";
import { describeConfig } from "./describe-config.ts";
import { formatFaults, parseConfig } from "./parse-config.ts";
import {
  booleanVariable,
  csvVariable,
  durationVariable,
  filePathVariable,
  httpsOrLoopbackUrlVariable,
  httpUrlVariable,
  integerVariable,
  logLevelVariable,
  numberVariable,
  portVariable,
  textVariable,
} from "./variables.ts";

const schema = z.object({
  SRE_AGENT_PORT: portVariable().default(8080).describe("Where to listen."),
  SRE_AGENT_TIMEOUT: durationVariable({ minMs: 1_000, maxMs: 600_000 }).default(90_000).describe("For one call."),
  SRE_AGENT_MCP_URL: httpUrlVariable().describe("The MCP server."),
  SRE_AGENT_NAMESPACES: csvVariable().optional(),
  LOG_LEVEL: logLevelVariable().default("info"),
});
const minimal = { SRE_AGENT_MCP_URL: "http://mcp:8080/mcp" };

function faultsOf(environment: Record<string, string>, prefixes = ["SRE_AGENT_"]) {
  const parsed = parseConfig(schema, environment, { prefixes });
  return parsed.ok ? [] : parsed.faults;
}

describe("parseConfig", () => {
  test("gives a frozen object with defaults, and treats empty as unset", () => {
    const parsed = parseConfig(schema, { ...minimal, SRE_AGENT_PORT: "", PATH: "/bin" });
    expect(parsed).toEqual({
      ok: true,
      config: { SRE_AGENT_PORT: 8080, SRE_AGENT_TIMEOUT: 90_000, LOG_LEVEL: "info", ...minimal },
    });
    expect(parsed.ok && Object.isFrozen(parsed.config)).toBe(true);
  });

  test("lists every fault at once, the unknown variable with its nearest name", () => {
    const faults = faultsOf({ SRE_AGENT_PORT: "80a", LOG_LEVEL: "verbose", SRE_AGENT_TIMEOUTS: "1s", SRE_OTHER: "x" });
    expect(Object.fromEntries(faults.map(({ variable, message }) => [variable, message]))).toEqual({
      SRE_AGENT_PORT: "expected a port from 0 to 65535",
      SRE_AGENT_MCP_URL: "is required",
      LOG_LEVEL: "expected one of debug, info, warn, error",
      SRE_AGENT_TIMEOUTS: "no such setting; did you mean SRE_AGENT_TIMEOUT?",
    });
    expect(formatFaults(faults)).toMatch(/^4 settings are wrong:\n {2}SRE_AGENT_PORT: expected/);
  });

  test("does not take the variables of a Service's links for typing errors", () => {
    const links = {
      SRE_AGENT_MCP_SERVICE_HOST: "10.0.0.1",
      SRE_AGENT_MCP_SERVICE_PORT_HTTP: "80",
      SRE_AGENT_MCP_PORT: "tcp://10.0.0.1:80",
      SRE_AGENT_MCP_PORT_80_TCP_ADDR: "10.0.0.1",
    };
    expect(faultsOf({ ...minimal, ...links })).toEqual([]);
    expect(faultsOf({ ...minimal, SRE_AGENT_MCP_PORT: "80" })).toHaveLength(1);
  });

  test("never repeats a value", () => {
    const faults = faultsOf({ SRE_AGENT_MCP_URL: "hunter2", SRE_AGENT_PORT: "hunter2", LOG_LEVEL: "hunter2" });
    expect(faults).toHaveLength(3);
    expect(formatFaults(faults)).not.toContain("hunter2");
  });
});

describe("variables", () => {
  const port = portVariable();
  const number = numberVariable({ min: 0, max: 1 });
  const integer = integerVariable({ min: 1, max: 10 });
  const duration = durationVariable({ minMs: 500, maxMs: 86_400_000 });
  const url = httpsOrLoopbackUrlVariable();

  test.each([
    { name: "port", variable: port, text: "8080", value: 8080 },
    { name: "number", variable: number, text: "0.25", value: 0.25 },
    { name: "integer", variable: integer, text: "10", value: 10 },
    { name: "boolean", variable: booleanVariable(), text: "false", value: false },
    { name: "milliseconds", variable: duration, text: "500ms", value: 500 },
    { name: "hours", variable: duration, text: "2h", value: 7_200_000 },
    { name: "list", variable: csvVariable(), text: "a, b", value: ["a", "b"] },
    {
      name: "https",
      variable: url,
      text: "https://x.openai.azure.com/openai/v1/",
      value: "https://x.openai.azure.com/openai/v1/",
    },
    { name: "loopback", variable: url, text: "http://127.0.0.1:9/", value: "http://127.0.0.1:9/" },
  ])("reads a $name", ({ variable, text, value }) => {
    expect(variable.parse(text)).toEqual(value);
  });

  test.each([
    ["port", port, "65536"],
    ["port", port, "0x50"],
    ["number", number, "1e-1"],
    ["number", number, "2"],
    ["integer", integer, "1.0"],
    ["integer", integer, " 1"],
    ["boolean", booleanVariable(), "yes"],
    ["duration without a unit", duration, "15"],
    ["duration out of bounds", duration, "2d"],
    ["list with a hole", csvVariable(), "a,,b"],
    ["list that repeats", csvVariable(), "a,a"],
    ["plain http elsewhere", url, "http://example.com"],
    ["loopback look-alike", url, "http://127.0.0.1.example.com"],
    ["credentials", url, "https://a:b@example.com"],
    ["path with NUL", filePathVariable(), "/a\0b"],
    ["long text", textVariable({ maxLength: 3 }), "abcd"],
  ])("refuses a wrong %s", (_name, variable, text) => {
    expect(variable.safeParse(text).success).toBe(false);
  });
});

test("describeConfig gives a row for each variable, the default as one would write it", () => {
  expect(describeConfig(schema)).toEqual([
    { name: "SRE_AGENT_PORT", type: "port", range: "", default: "8080", description: "Where to listen." },
    { name: "SRE_AGENT_TIMEOUT", type: "duration", range: "1s to 10m", default: "90s", description: "For one call." },
    { name: "SRE_AGENT_MCP_URL", type: "url", range: "", default: "required", description: "The MCP server." },
    { name: "SRE_AGENT_NAMESPACES", type: "list", range: "", default: "", description: "" },
    { name: "LOG_LEVEL", type: "debug \\| info \\| warn \\| error", range: "", default: "info", description: "" },
  ]);
});
