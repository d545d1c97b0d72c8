import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { redactedLogger } from "./redacted-logger.ts";

it("the log of a process names ids and addresses, and no credential that an error quotes", async () => {
  let line = "";
  const destination = { write: (text: string) => (line += text) };
  const logger = await redactedLogger({ component: "agent", level: "info", destination });
  const uid = "3f2a9c1e-77b0-4f0e-9d57-1a2b3c4d5e6f";
  const cause = new Error("401 for Authorization: Bearer abcdefghijkl123456");
  const error = new Error("dial postgres://app:hunter2-9x@db:5432/shop refused", { cause });
  logger.error("a run failed", { correlationId: uid, url: "http://127.0.0.1:8080", error });
  expect(JSON.parse(line)).toMatchObject({ correlationId: uid, url: "http://127.0.0.1:8080", message: "a run failed" });
  expect(line).toContain("dial postgres://app:<redacted:");
  expect(line).not.toMatch(/hunter2|abcdefghijkl/);
});

it("no process composes another one", () => {
  const opens = readdirSync(import.meta.dirname, { encoding: "utf8" })
    .filter((file) => !file.endsWith(".test.ts"))
    .filter((file) => readFileSync(join(import.meta.dirname, file), "utf8").includes("createLogger("));
  expect(opens).toEqual(["redacted-logger.ts"]);
});
