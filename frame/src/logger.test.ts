import { describe, expect, test } from "vitest";
import { createLogger, type LoggerOptions } from "./logger.ts";

async function captured(options: Partial<LoggerOptions> = {}) {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  const logger = await createLogger({ component: "agent", level: "info", destination, ...options });
  return { logger, records: () => lines.map((line): Record<string, unknown> => JSON.parse(line)) };
}

describe("logger", () => {
  test("writes one JSON line with level, ISO time, component and the context of its child", async () => {
    const { logger, records } = await captured();
    logger.child({ correlationId: "c-1", namespace: "shop" }).child({ resource: "Pod/a" }).warn("slow", { tookMs: 12 });
    const [record] = records();
    expect(record).toMatchObject({
      level: "warn",
      component: "agent",
      correlationId: "c-1",
      namespace: "shop",
      resource: "Pod/a",
      message: "slow",
      tookMs: 12,
    });
    expect(record?.["time"]).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  });

  test("leaves out lines below its level", async () => {
    const { logger, records } = await captured({ level: "error" });
    logger.debug("a");
    logger.info("b");
    logger.warn("c");
    logger.error("d");
    expect(records().map((record) => record["message"])).toEqual(["d"]);
  });

  test("keeps the causes of an error, and the stack only at debug level", async () => {
    const error = new Error("outer", { cause: Object.assign(new Error("inner"), { code: "ECONNREFUSED" }) });
    const quiet = await captured();
    quiet.logger.error("failed", { error });
    const serialised = quiet.records()[0]?.["error"];
    expect(serialised).toEqual({
      name: "Error",
      message: "outer",
      cause: { name: "Error", message: "inner", code: "ECONNREFUSED" },
    });
    const loud = await captured({ level: "debug" });
    loud.logger.error("failed", { error });
    expect(JSON.stringify(loud.records()[0])).toContain("logger.test.ts");
  });

  test("scrubs every text: message, context, nested fields and errors", async () => {
    const { logger, records } = await captured({ scrub: (text) => text.replaceAll("hunter2", "***") });
    const error = new Error("x hunter2", { cause: new Error("y hunter2") });
    logger.child({ resource: "hunter2" }).error("hunter2", { deep: [{ text: "hunter2" }], error });
    expect(JSON.stringify(records())).not.toContain("hunter2");
    expect(JSON.stringify(records())).toContain("***");
  });

  test("hides text under names that say secret, but not counts", async () => {
    const { logger, records } = await captured();
    logger.info("call", { headers: { Authorization: "Bearer abc" }, tokens: 12, apiKey: "k" });
    expect(records()[0]).toMatchObject({ headers: { Authorization: "<hidden>" }, tokens: 12, apiKey: "<hidden>" });
  });

  test("bounds long texts, deep and cyclic fields", async () => {
    const { logger, records } = await captured();
    const cycle: Record<string, unknown> = { text: "x".repeat(100_000) };
    cycle["self"] = cycle;
    logger.info("bounded", { cycle, list: Array.from({ length: 1_000 }, () => 1) });
    const text = JSON.stringify(records()[0]);
    expect(text).toContain("deeper levels left out");
    expect(text.length).toBeLessThan(120_000);
    expect(records()[0]?.["list"]).toHaveLength(100);
  });
});
