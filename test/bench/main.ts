import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { INCIDENTS, startSandbox } from "@sre-agent/sandbox";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { agentFigures } from "./agent.ts";
import { median } from "./median.ts";
import { startSlowProxy } from "./slow-proxy.ts";
import { type StdioClient, startStdio } from "./stdio-client.ts";

/** Prints every figure of one run with its target; judges nothing. */

const root = join(import.meta.dirname, "../..");
const bundle = join(root, "dist/sre-agent.mjs");
const RUNS = 9;
const SLOW_MS = 200;
const PARALLEL = 8;

const INITIALIZE = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "bench", version: "1" } };

function row(what: string, figure: string, target: string): void {
  process.stdout.write(`${what.padEnd(52)} ${figure.padStart(14)}   ${target}\n`);
}

/** What is compiled is kept in `cache`, as it is for a person who starts the server every day. */
const environment = (kubeconfig: string, cache: string) => ({
  PATH: process.env["PATH"] ?? "",
  KUBECONFIG: kubeconfig,
  NODE_COMPILE_CACHE: cache,
});

async function initialized(kubeconfig: string): Promise<{ client: StdioClient; ms: number }> {
  const cache = join(dirname(kubeconfig), "compile-cache");
  const client = startStdio([process.execPath, bundle, "mcp"], environment(kubeconfig, cache));
  await client.request("initialize", INITIALIZE);
  return { client, ms: performance.now() - client.startedAt };
}

const call = (client: StdioClient, name: string, args: object) =>
  client.request("tools/call", { name, arguments: args });

/** Processor time, not the clock's: a busy machine stretches it least. */
async function startUp(kubeconfig: string): Promise<void> {
  const first = await initialized(kubeconfig);
  const firstCpuMs = first.client.figures().cpuMs;
  await call(first.client, "diagnose", { namespace: "shop" });
  await first.client.hangUp();
  const [bare, cpu, clock, resident]: number[][] = [[], [], [], []];
  for (let run = 0; run < RUNS; run += 1) {
    bare?.push(bareCpuMs());
    const { client, ms } = await initialized(kubeconfig);
    const { cpuMs, rssMiB } = client.figures();
    cpu?.push(cpuMs);
    clock?.push(ms);
    resident?.push(rssMiB);
    await client.stop();
  }
  const ms = (values: readonly number[] = []) => `${median(values).toFixed(0)} ms`;
  row("bare node, CPU", ms(bare), "");
  row("bundle to the initialize reply, CPU", ms(cpu), `bare node + 150 ms: ${(median(bare ?? []) + 150).toFixed(0)}`);
  row("… by the clock", ms(clock), "");
  row("… CPU at the first start, nothing compiled yet", `${firstCpuMs.toFixed(0)} ms`, "");
  row("resident then", `${median(resident ?? []).toFixed(0)} MiB`, "≤ 80 MiB");
}

function bareCpuMs(): number {
  const told = "const { user, system } = process.cpuUsage(); process.stdout.write(String((user + system) / 1000));";
  return Number(spawnSync(process.execPath, ["-e", told], { encoding: "utf8" }).stdout);
}

async function firstDiagnose(kubeconfig: string): Promise<void> {
  const { client } = await initialized(kubeconfig);
  const before = performance.now();
  await call(client, "diagnose", { namespace: "shop" });
  row("first diagnose", `${(performance.now() - before).toFixed(0)} ms`, "");
  row("resident after the first diagnose", `${client.figures().rssMiB.toFixed(0)} MiB`, "≤ 120 MiB");
  await client.stop();
}

interface Listed {
  readonly result: {
    readonly tools: readonly {
      readonly name: string;
      readonly description: string;
      readonly inputSchema: object;
      readonly annotations: { readonly readOnlyHint: boolean };
    }[];
  };
}

async function functionList(kubeconfig: string): Promise<void> {
  const { client } = await initialized(kubeconfig);
  const { result } = (await client.request("tools/list", {})) as Listed;
  const tokens = (tools: Listed["result"]["tools"]) =>
    encode(
      JSON.stringify(
        tools.map(({ name, description, inputSchema }) => ({ name, description, parameters: inputSchema })),
      ),
    ).length;
  const read = result.tools.filter(({ name }) => !/^(workload|pod_evict|remediation)/.test(name));
  row(`function list, read (${read.length} tools), o200k`, `${tokens(read)} tokens`, "≤ 1,200");
  row(`function list, all (${result.tools.length} tools), o200k`, `${tokens(result.tools)} tokens`, "≤ 2,150");
  await client.stop();
}

/** Calls that each wait for the API: side by side they should take little more than one. */
async function parallelCalls(slow: string): Promise<void> {
  const { client } = await initialized(slow);
  const get = () => call(client, "resource_get", { kind: "Deployment", name: "web", namespace: "shop" });
  await get();
  const timed = async (work: () => Promise<unknown>) => {
    const before = performance.now();
    await work();
    return performance.now() - before;
  };
  const one = median(await repeat(5, () => timed(get)));
  const eight = median(await repeat(5, () => timed(() => Promise.all(Array.from({ length: PARALLEL }, get)))));
  row(`one call, API ${SLOW_MS} ms slow`, `${one.toFixed(0)} ms`, "");
  row(`${PARALLEL} parallel calls`, `${eight.toFixed(0)} ms`, "");
  row("ratio", `${(eight / one).toFixed(2)} ×`, "≤ 1.2 ×");
  await client.stop();
}

async function repeat(times: number, work: () => Promise<number>): Promise<readonly number[]> {
  const values: number[] = [];
  for (let run = 0; run < times; run += 1) values.push(await work());
  return values;
}

async function main(): Promise<void> {
  if (!existsSync(bundle)) throw new Error("dist/sre-agent.mjs is missing: npm run build");
  const folder = await mkdtemp(join(tmpdir(), "sre-agent-bench-"));
  const sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
  const proxy = await startSlowProxy(sandbox.url, SLOW_MS);
  const [fast, slow] = [join(folder, "fast"), join(folder, "slow")];
  await writeFile(fast, sandbox.kubeconfig);
  await writeFile(slow, sandbox.kubeconfig.replaceAll(sandbox.url, proxy.url));
  row("FIGURE", `median of ${RUNS}`, "TARGET");
  await startUp(fast);
  await firstDiagnose(fast);
  await functionList(fast);
  await parallelCalls(slow);
  await agentFigures(row);
  proxy.stop();
  await sandbox.stop();
  await rm(folder, { recursive: true });
}

await main();
process.exit(0);
