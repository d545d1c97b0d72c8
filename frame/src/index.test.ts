import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

// A loader hook sees every module that a fresh process resolves, also those that are not in the module cache any more.
const HOOK = `import { registerHooks } from "node:module";
const seen = [];
registerHooks({ resolve(specifier, context, next) { const found = next(specifier, context); seen.push(found.url); return found; } });
const frame = await import(${JSON.stringify(new URL("./index.ts", import.meta.url).href)});
const afterImport = seen.length;
await frame.createLogger({ component: "x", level: "info" });
await frame.startTelemetry("x", {});
process.stdout.write(JSON.stringify({ imported: seen.slice(0, afterImport), logged: seen }));`;

test("importing frame loads neither express, prom-client, pino nor OpenTelemetry, and a log and no telemetry only pino", async () => {
  const { stdout } = await promisify(execFile)(process.execPath, ["--input-type=module", "-e", HOOK]);
  const { imported, logged }: { imported: string[]; logged: string[] } = JSON.parse(stdout);
  const packages = (urls: string[]) =>
    urls.filter((url) => /node_modules\/(express|prom-client|pino|@opentelemetry)\//.test(url));
  expect(imported.some((url) => url.includes("/zod/"))).toBe(true);
  expect(packages(imported)).toEqual([]);
  expect(packages(logged).length).toBeGreaterThan(0);
  expect(packages(logged).filter((url) => !url.includes("/pino/"))).toEqual([]);
});
