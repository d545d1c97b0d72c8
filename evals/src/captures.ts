import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Snapshot } from "@sre-agent/diagnosis";
import { CAPTURES } from "./config.ts";

type Variant = "fault" | "healthy";

const fileOf = (id: string, variant: Variant) => join(CAPTURES, `${id}${variant === "healthy" ? ".healthy" : ""}.json`);

/** One object or log a line, so that a difference can be read. */
export function writeCapture(id: string, variant: Variant, { objects, logs, ...rest }: Snapshot): void {
  const lines = (items: readonly unknown[]) => items.map((item) => `\n    ${JSON.stringify(item)}`).join(",");
  const head = JSON.stringify(rest).slice(1, -1);
  mkdirSync(CAPTURES, { recursive: true });
  const text = `{\n  ${head},\n  "objects": [${lines(objects)}\n  ],\n  "logs": [${lines(logs)}${logs.length > 0 ? "\n  " : ""}]\n}\n`;
  writeFileSync(fileOf(id, variant), text);
}

/** undefined where the scenario was not captured yet. */
export function readCapture(id: string, variant: Variant): Snapshot | undefined {
  const file = fileOf(id, variant);
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Snapshot) : undefined;
}
