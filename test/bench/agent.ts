import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type JournalEntry, journalEntrySchema } from "@sre-agent/crds";
import { INCIDENTS, type Sandbox, startSandbox } from "@sre-agent/sandbox";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { createRunner } from "../../agent/src/loop/run.ts";
import type { ModelClient } from "../../agent/src/model/model-client.ts";
import { promptTokens } from "../../agent/src/model/told.ts";
import { fakeTools } from "../../agent/test/fake-tools.ts";
import { effects, request } from "../../agent/test/runs.ts";
import { freePort } from "./free-port.ts";
import { median } from "./median.ts";
import { figuresOf } from "./process-figures.ts";

type Row = (what: string, figure: string, target: string) => void;

const dist = join(import.meta.dirname, "../../dist");
const AGENT = "system:serviceaccount:sre-system:sre-agent";
const TURNS = 50;
const STARTS = 5;
const DEADLINE_MS = 60_000;

/** The loop alone, then the service with the read server in front of a sandbox cluster. */
export async function agentFigures(row: Row): Promise<void> {
  row("loop, CPU of a step without the model", `${(await stepMs()).toFixed(2)} ms`, "≤ 5 ms");
  if (!existsSync(join(dist, "agent.mjs"))) throw new Error("dist/agent.mjs is missing: npm run build");
  const folder = await mkdtemp(join(tmpdir(), "sre-agent-bench-"));
  const sandbox = await startSandbox({ incident: INCIDENTS["bad-release"] });
  const children: ChildProcess[] = [];
  try {
    await serviceFigures({ folder, sandbox, children, row });
  } finally {
    for (const child of children) child.kill("SIGKILL");
    await sandbox.stop();
    await rm(folder, { recursive: true });
  }
}

/** A run of many turns over tools that answer at once: all that is left is the loop, with what it tells a model. */
async function stepMs(): Promise<number> {
  const model: ModelClient = {
    ...{ name: "instant", contextTokens: 128_000 },
    promptTokens: ({ journal, ...prefix }) =>
      promptTokens(journal, { contextTokens: 128_000, prefix, withoutNewest: false }),
    async turn({ journal, toolChoice }) {
      const turn = journal.filter(({ kind }) => kind === "turn").length;
      const usage = { inputTokens: 100, outputTokens: 10 };
      const report = { decision: "manual", rationale: "Look.", rootCause: null, claims: [], gaps: [] };
      if (turn >= TURNS || toolChoice === "none") return { calls: [], usage, report };
      const id = `c${turn}`;
      return { calls: [{ id, tool: "resource_get", arguments: { name: `pod-${"x".repeat(turn)}` } }], usage };
    },
  };
  const tools = fakeTools({
    resource_get: () => ({ text: "status and conditions. ".repeat(200), evidence: ["ev-1"] }),
  });
  const budget = { steps: 100, toolCalls: 200, inputTokens: 10_000_000, seconds: 3_600 };
  const runner = createRunner(effects({ model, tools }));
  const { signal } = new AbortController();
  // Once to warm up, as a service is; then by the processor's time, which a busy machine does not stretch.
  await runner.run({ ...request, budget }, { signal });
  const before = process.cpuUsage();
  const { usage } = await runner.run({ ...request, budget }, { signal });
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000 / (usage.steps + usage.toolCalls);
}

interface Place {
  readonly folder: string;
  readonly sandbox: Sandbox;
  readonly children: ChildProcess[];
  readonly row: Row;
}

async function serviceFigures({ folder, sandbox, children, row }: Place): Promise<void> {
  const file = async (name: string, text: string) => {
    await writeFile(join(folder, name), text);
    return join(folder, name);
  };
  const start = async (bundle: string, environment: Readonly<Record<string, string>>) => {
    const port = await freePort();
    const base = { PATH: process.env["PATH"] ?? "", LOG_LEVEL: "error", PORT: String(port) };
    const env = { ...base, ...environment };
    const child = spawn(process.execPath, [join(dist, bundle)], { env, stdio: "inherit" });
    children.push(child);
    return { child, url: `http://127.0.0.1:${port}` };
  };
  const read = await start("mcp-read.mjs", { KUBECONFIG: await file("kubeconfig", sandbox.kubeconfig) });
  await untilAnswers(`${read.url}/readyz`);
  const environment = {
    AGENT_SECRET_FILE: await file("secret", "s3cret"),
    MCP_TOKEN_FILE: await file("token", sandbox.tokenFor(AGENT, [], ["sre-agent"])),
    MCP_READ_URL: `${read.url}/mcp`,
    // As in the image, which has what its programs were compiled to.
    NODE_COMPILE_CACHE: join(folder, "compile-cache"),
  };
  const answering = async () => {
    const agent = await start("agent.mjs", environment);
    await untilAnswers(`${agent.url}/healthz`);
    return { ...agent, cpuMs: figuresOf(agent.child.pid ?? 0)?.cpuMs ?? Number.NaN };
  };
  const starts: number[] = [];
  for (let run = 0; run < STARTS; run += 1) {
    const { child, cpuMs } = await answering();
    starts.push(cpuMs);
    await end(child);
  }
  const [first = Number.NaN, ...later] = starts;
  const agent = await answering();
  row("agent service to its first answer, CPU", `${median([...later, agent.cpuMs])} ms`, "bare node + 250 ms");
  row("… at the first start, nothing compiled yet", `${first} ms`, "");
  await untilAnswers(`${agent.url}/readyz`);
  row("agent service, resident when ready", `${figuresOf(agent.child.pid ?? 0)?.rssMiB.toFixed(0)} MiB`, "");
  sandbox.play("release");
  const entries = await firstRunWithCause(agent.url);
  for (let more = 0; more < 9; more += 1) await runOf(agent.url);
  row(
    "agent service, resident after 10 runs",
    `${figuresOf(agent.child.pid ?? 0)?.rssMiB.toFixed(0)} MiB`,
    "≤ 120 MiB",
  );
  const results = entries.flatMap((entry) => (entry.kind === "results" ? entry.results : []));
  const tokens = results.reduce((all, { text }) => all + encode(text).length, 0);
  row("rules run, calls", String(results.length), "≤ 8");
  row("rules run, tokens of results, o200k", String(tokens), "≤ 8,000");
}

async function end(child: ChildProcess): Promise<void> {
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  await exited;
}

/** Until the release has failed, there is nothing to find, and a run is over after one call. */
async function firstRunWithCause(url: string): Promise<readonly JournalEntry[]> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const entries = await runOf(url);
    if (entries.some((entry) => entry.kind === "ended" && entry.report.rootCause !== undefined)) return entries;
    if (performance.now() > deadline) throw new Error("no run finds the cause of the bad release");
    await sleep(500);
  }
}

async function runOf(url: string): Promise<readonly JournalEntry[]> {
  const context = { target: { kind: "Deployment", namespace: "shop", name: "web" }, symptom: "it fails" };
  const response = await fetch(`${url}/decide`, {
    method: "POST",
    headers: { authorization: "Bearer s3cret", "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ trigger: "manual", context, mode: "observe", correlationId: "bench" }),
  });
  const events = (await response.text()).split("\n\n").filter((event) => event.startsWith("event: entry"));
  return events.map((event) => journalEntrySchema.parse(JSON.parse(event.split("\ndata: ")[1] ?? "")));
}

async function untilAnswers(url: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const response = await fetch(url).catch(() => undefined);
    if (response?.ok) return;
    if (performance.now() > deadline) throw new Error(`${url} does not answer`);
    await sleep(5);
  }
}
