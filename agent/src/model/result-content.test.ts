import { expect, it } from "vitest";
import { digestContent, resultContent } from "./result-content.ts";

const options = { mark: "mark0123456789", maxCharacters: 159 };

it.each([
  ["whole as far as it fits", resultContent],
  ["as a digest", digestContent],
])("a text that is told %s is never cut inside a character", (_, contentOf) => {
  for (const before of [157, 158, 159]) {
    const text = `${"x".repeat(before)}🔥🔥🔥`;
    const told = contentOf({ callId: "c1", tool: "pod_logs", ok: true, text, evidence: [] }, options);
    const body: unknown = JSON.parse(told.split("\n").at(-2) ?? "");
    expect(String(body).isWellFormed()).toBe(true);
    expect(body).toContain("x".repeat(150));
  }
});
