import { describe, expect, it } from "vitest";
import { parseOperatorConfig } from "./config.ts";

describe("the operator's settings", () => {
  it("need to say where the agent is and where its secret is", () => {
    const parsed = parseOperatorConfig({});
    expect(parsed.ok ? [] : parsed.faults.map(({ variable }) => variable)).toEqual(["AGENT_URL", "AGENT_SECRET_FILE"]);
  });

  it("have defaults for the rest", () => {
    const parsed = parseOperatorConfig({
      AGENT_URL: "http://agent:8080",
      AGENT_SECRET_FILE: "/s",
      WATCH_NAMESPACES: "a, b",
    });
    expect(parsed.ok && parsed.config).toMatchObject({
      WATCH_NAMESPACES: ["a", "b"],
      DECIDE_TIMEOUT: 180_000,
      PORT: 8080,
    });
  });
});
