import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { type FakeCluster, type Load, openFakeCluster } from "./fake-cluster.ts";
import { freePort } from "./free-port.ts";
import { median } from "./median.ts";
import { measuredRun, type Program, until } from "./process-figures.ts";
import { type StdioClient, startStdio } from "./stdio-client.ts";

/** Prints what thousands of pods on fake nodes cost, with the targets; judges nothing. Needs a cluster that can be thrown away. */

const { values } = parseArgs({
  options: {
    dist: { type: "string", default: join(import.meta.dirname, "../../dist") },
    /** So many times each; the median is printed. */
    runs: { type: "string", default: "5" },
    /** Which of small, half, full and operator; all of them when none is given. */
    only: { type: "string", default: "small,half,full,operator" },
    /** How many in full, on a tenth as many nodes; a multiple of 100. */
    pods: { type: "string", default: "5000" },
  },
});
const bundle = (name: string) => join(values.dist, `${name}.mjs`);
const RUNS = Number(values.runs);
const PODS = Number(values.pods);
const NODES = PODS / 10;
const INITIALIZE = { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "bench", version: "1" } };
/** After the lists are there: long enough for the garbage of parsing to be collected. */
const REST_MS = 20_000;
const WATCHING_WITHIN_MS = 60_000;
/** As in the Deployment. */
const AS_DEPLOYED = ["--max-old-space-size-percentage=70", "--max-semi-space-size=8"];
const TRIGGERS = "/apis/sre-agent.dev/v1alpha1";

const environment = { PATH: process.env["PATH"] ?? "", KUBECONFIG: process.env["KUBECONFIG"] ?? "", HOME: tmpdir() };
/** After Ctrl-C nothing more is made or measured, and what was made is removed. */
const stop = new AbortController();
const names = (stem: string, count: number) => Array.from({ length: count }, (_, index) => `scale-${stem}-${index}`);

function row(what: string, figure: string, target = ""): void {
  process.stdout.write(`${what.padEnd(52)} ${figure.padStart(14)}   ${target}\n`);
}

interface Targets {
  readonly wall: string;
  readonly peak: string;
}

/** The whole program from start to exit, then a server that was asked before. */
async function diagnoseFigures(folder: string, what: string, targets: Targets): Promise<void> {
  const command = [process.execPath, bundle("sre-agent"), "diagnose", "-A", "-o", "json"];
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) runs.push(await measuredRun({ command, environment, signal: stop.signal }));
  row(`${what}: diagnose -A`, `${median(runs.map(({ wallMs }) => wallMs)).toFixed(0)} ms`, targets.wall);
  row("  CPU", `${median(runs.map(({ cpuMs }) => cpuMs)).toFixed(0)} ms`);
  row("  peak resident", `${median(runs.map(({ peakMiB }) => peakMiB)).toFixed(0)} MiB`, targets.peak);
  row("  findings", String((JSON.parse(runs[0]?.output ?? "[]") as unknown[]).length));
  const { sent, kinds } = await apiCallsOf(folder, command);
  row("  API calls", String(sent), "one list a kind and 500 objects, ≤ 80 for logs");
  process.stdout.write(`    ${kinds}\n`);
  await withProcess(SERVER, (client) => warmFigures(client, what, targets));
}

/** A process of ours that ends with the measuring, however that ends. */
async function withProcess(program: Program, measuring: (client: StdioClient) => Promise<void>): Promise<void> {
  const client = startStdio(program.command, program.environment);
  const end = () => void client.stop();
  stop.signal.addEventListener("abort", end, { once: true });
  try {
    await measuring(client);
  } finally {
    stop.signal.removeEventListener("abort", end);
    await client.stop();
  }
}

const SERVER: Program = { command: [process.execPath, bundle("sre-agent"), "mcp"], environment };

async function warmFigures(client: StdioClient, what: string, { wall, peak }: Targets): Promise<void> {
  await client.request("initialize", INITIALIZE);
  const ask = () => textOf(client, "diagnose", { allNamespaces: true });
  await ask();
  const before = client.figures();
  const times: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    const startedAt = performance.now();
    await ask();
    times.push(performance.now() - startedAt);
  }
  const after = client.figures();
  row(`${what}: diagnose by a warm server`, `${median(times).toFixed(0)} ms`, wall);
  row("  CPU", `${((after.cpuMs - before.cpuMs) / RUNS).toFixed(0)} ms`);
  row(`  peak resident after ${RUNS + 1} calls`, `${after.peakMiB.toFixed(0)} MiB`, peak);
}

/** In a run of its own: counting costs time. */
async function apiCallsOf(folder: string, command: readonly string[]): Promise<{ sent: number; kinds: string }> {
  const file = join(folder, "calls");
  await writeFile(file, "");
  const counting = `--import=${pathToFileURL(join(import.meta.dirname, "api-calls.ts"))}`;
  const counted = { ...environment, NODE_OPTIONS: counting, API_CALLS_FILE: file };
  await measuredRun({ command, environment: counted, signal: stop.signal });
  const calls = (await readFile(file, "utf8")).trim().split("\n");
  const counts = [...Map.groupBy(calls, kindOfCall)].map(([kind, same]) => [kind, same.length] as const);
  const most = counts.toSorted(([, a], [, b]) => b - a);
  const many = most.filter(([, count]) => count > 1).map(([kind, count]) => `${kind} ${count}`);
  const once = most.length - many.length;
  return { sent: calls.length, kinds: [...many, `${once} others once`].join(" · ") };
}

/** `GET /api/v1/namespaces/shop/pods?limit=500` is `pods`; documents about the API itself are `discovery`. */
function kindOfCall(line: string): string {
  const [, path = ""] = line.split(" ");
  const parts = path.replace(/\?.*/, "").split("/").filter(Boolean);
  const rest = parts.slice(parts[0] === "api" ? 2 : 3);
  if (rest.length === 0) return "discovery";
  const within = rest[0] === "namespaces" && rest.length > 2 ? rest.slice(2) : rest;
  return within.length > 2 ? `${within[0]}/${within[2]}` : (within[0] ?? "");
}

interface Answer {
  readonly result: { readonly isError?: boolean; readonly content: readonly { readonly text: string }[] };
}

/** @throws Error for a refusal, of which there is nothing to measure. */
async function textOf(client: StdioClient, name: string, args: object): Promise<string> {
  const { result } = (await client.request("tools/call", { name, arguments: args })) as Answer;
  const text = result.content.map((part) => part.text).join("\n");
  if (result.isError === true) throw new Error(`${name}: ${text}`);
  return text;
}

/** What a model reads of the pods of one namespace. */
async function listFigures(client: StdioClient, namespace: string): Promise<void> {
  await client.request("initialize", INITIALIZE);
  for (const [onlyUnhealthy, target] of [
    [false, "≤ 1,600"],
    [true, "≤ 400"],
  ] as const) {
    const args = { kind: "Pod", namespace, onlyUnhealthy };
    const startedAt = performance.now();
    const text = await textOf(client, "resources_list", args);
    const ms = performance.now() - startedAt;
    row(
      `${PODS / 10} pods${onlyUnhealthy ? ", onlyUnhealthy" : ""}: resources_list, o200k`,
      `${encode(text).length} tokens`,
      target,
    );
    row("  wall", `${ms.toFixed(0)} ms`);
  }
}

const triggerOf = (namespace: string) => ({
  apiVersion: "sre-agent.dev/v1alpha1",
  kind: "SreTrigger",
  metadata: { name: "scale", namespace },
  spec: {
    target: { kinds: ["Deployment"] },
    when: [
      { condition: { of: "Pods", type: "Ready", status: "False", reasons: ["ErrImagePull"] } },
      { event: { reasons: ["FailedMount"] } },
    ],
    mode: "observe",
  },
});

/** A trigger in each namespace that needs its pods, ReplicaSets and Events. */
async function operatorFigures(cluster: FakeCluster, folder: string, namespaces: readonly string[]): Promise<void> {
  for (const namespace of namespaces) {
    await cluster.create(`${TRIGGERS}/namespaces/${namespace}/sretriggers`, triggerOf(namespace));
  }
  const secret = join(folder, "secret");
  await writeFile(secret, "not used: nothing is investigated");
  const [system = ""] = namespaces;
  const settings = {
    ...{ AGENT_URL: "http://127.0.0.1:9", AGENT_SECRET_FILE: secret, LOG_LEVEL: "error" },
    ...{ WATCH_NAMESPACES: namespaces.join(), SYSTEM_NAMESPACE: system, PORT: String(await freePort()) },
  };
  const command = [process.execPath, ...AS_DEPLOYED, bundle("operator")];
  await withProcess({ command, environment: { ...environment, ...settings } }, async (client) => {
    await until("triggers that are watched", WATCHING_WITHIN_MS, () => areWatched(cluster, namespaces));
    await restFigures(client);
  });
}

async function restFigures(client: StdioClient): Promise<void> {
  const watching = client.figures();
  await sleep(REST_MS, undefined, { signal: stop.signal });
  const { rssMiB, peakMiB, cpuMs } = client.figures();
  row("operator, all pods watched: resident at rest", `${rssMiB.toFixed(0)} MiB`, "≤ 150 MiB");
  row("  peak resident", `${peakMiB.toFixed(0)} MiB`);
  row("  CPU until it watches", `${watching.cpuMs} ms`);
  row(`  CPU in ${REST_MS / 1_000} s of rest`, `${cpuMs - watching.cpuMs} ms`);
}

async function areWatched(cluster: FakeCluster, namespaces: readonly string[]): Promise<true | undefined> {
  const { items } = (await cluster.get(`${TRIGGERS}/sretriggers`)) as {
    items: { metadata: { namespace: string }; status?: { conditions?: { reason: string }[] } }[];
  };
  const watched = items.filter(({ status }) => status?.conditions?.some(({ reason }) => reason === "Watching"));
  const where = new Set(watched.map(({ metadata }) => metadata.namespace));
  return namespaces.every((name) => where.has(name)) ? true : undefined;
}

const SMALL: Load = { namespaces: names("small", 20), workloads: 3, pods: 3 };
const HALVES = ["a", "b"].map((stem): Load => ({ namespaces: names(stem, 5), workloads: 10, pods: PODS / 100 }));
const FULL: Targets = { wall: "< 3,000 ms", peak: "< 250 MiB" };

async function measure(cluster: FakeCluster, folder: string): Promise<void> {
  const wanted = new Set(values.only.split(","));
  const large = wanted.has("full") || wanted.has("operator");
  row("FIGURE", `median of ${RUNS}`, "TARGET");
  await cluster.addNodes(wanted.has("half") || large ? NODES : 5);
  if (wanted.has("small")) {
    await cluster.addWorkloads(SMALL);
    await diagnoseFigures(folder, "60 workloads, 180 pods", { wall: "< 1,000 ms", peak: "" });
  }
  const [first, second] = HALVES;
  if (first === undefined || second === undefined || !(wanted.has("half") || large)) return;
  await cluster.addWorkloads(first);
  await withProcess(SERVER, (client) => listFigures(client, first.namespaces[0] ?? ""));
  if (wanted.has("half")) await diagnoseFigures(folder, `${NODES} nodes, ${PODS / 2} pods`, { wall: "", peak: "" });
  if (!large) return;
  await cluster.addWorkloads(second);
  if (wanted.has("full")) await diagnoseFigures(folder, `${NODES} nodes, ${PODS} pods`, FULL);
  if (wanted.has("operator")) await operatorFigures(cluster, folder, [...first.namespaces, ...second.namespaces]);
}

async function main(): Promise<void> {
  if (!existsSync(bundle("sre-agent"))) throw new Error(`${bundle("sre-agent")} is missing: npm run build`);
  if (environment.KUBECONFIG === "") throw new Error("KUBECONFIG is not set: a cluster that can be thrown away");
  if (!Number.isInteger(PODS / 100) || PODS < 100) throw new Error("--pods takes a multiple of 100");
  const folder = await mkdtemp(join(tmpdir(), "sre-agent-bench-"));
  // npm passes a Ctrl-C on that the terminal has sent already: the second one changes nothing.
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => stop.abort(new Error("Stopped.")));
  const cluster = await openFakeCluster(stop.signal);
  try {
    await cluster.remove();
    await measure(cluster, folder);
  } finally {
    process.stderr.write("Removing what was made …\n");
    await cluster.remove().finally(() => cluster.close());
    await rm(folder, { recursive: true });
  }
}

await main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = stop.signal.aborted ? 130 : 1;
});
