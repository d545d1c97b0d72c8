import { parseArgs } from "node:util";
import { connect, createReader } from "@sre-agent/kube";
import { captureNamespace } from "./capture.ts";
import { writeCapture } from "./captures.ts";
import { kubeconfigPath } from "./config.ts";
import { createKubectl } from "./kubectl.ts";
import { toolCaller } from "./plan.ts";
import { lackOf, type Replay, replay, writeKnownMisses } from "./replay.ts";
import { type Bench, type Failure, type Result, runScenario } from "./run-scenario.ts";
import { loadScenarios, type Scenario } from "./scenario.ts";
import { tableHead, tableRow, totalLines, totalsOf } from "./scoreboard.ts";
import { writeScoreboard } from "./scoreboard-file.ts";

const USAGE = `npm run eval -- [id…] [--list] [--replay] [--keep] [--write-captures] [--write-scoreboard] [-o json]

Runs scenarios on the cluster of KUBECONFIG and scores what the tools say.
  --replay             only diagnose the captures, without a cluster
  --write-captures     record each staged namespace; with --replay: record what is still missed
  --write-scoreboard   write the rows into evals/scoreboard.json and docs/evals.md, as they come
  --jobs N             scenarios at a time (4); those that touch the whole cluster run alone
  --keep               leave the namespaces
`;

const OPTIONS = {
  list: { type: "boolean", default: false },
  replay: { type: "boolean", default: false },
  keep: { type: "boolean", default: false },
  "write-captures": { type: "boolean", default: false },
  "write-scoreboard": { type: "boolean", default: false },
  jobs: { type: "string", default: "4" },
  output: { type: "string", short: "o", default: "text" },
  help: { type: "boolean", short: "h", default: false },
} as const;

type Options = ReturnType<typeof parseArgs<{ options: typeof OPTIONS; allowPositionals: true }>>["values"];

const print = (text: string) => void process.stdout.write(`${text}\n`);

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  if (values.help) return print(USAGE);
  const scenarios = loadScenarios(positionals);
  if (values.list) return scenarios.forEach(({ id, title }) => void print(`${id.padEnd(10)} ${title}`));
  if (values.replay) return replayAll(scenarios, values);
  await runAll(scenarios, values);
}

function replayAll(scenarios: readonly Scenario[], options: Options): void {
  const replays = scenarios.map(replay).filter((each) => each !== undefined);
  for (const each of replays) print([`${each.passes ? "pass" : "MISS"} ${each.id}`, ...missLines(each)].join("\n"));
  print(`${replays.filter(({ passes }) => passes).length} of ${replays.length} captures pass.`);
  if (options["write-captures"]) writeKnownMisses(replays);
}

const missLines = (each: Replay) => (each.passes ? [] : lackOf(each).map((line) => `     ${line}`));

async function runAll(scenarios: readonly Scenario[], options: Options): Promise<void> {
  const kubeconfig = kubeconfigPath();
  const connection = await connect({ kubeconfig });
  const reader = createReader(connection);
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort(new Error("interrupted")));
  const bench: Bench = {
    cluster: { reader, kubectl: createKubectl(kubeconfig), signal: stop.signal },
    call: toolCaller(connection),
    keep: options.keep ?? false,
    async onStaged(scenario, place, variant) {
      if (options["write-captures"]) writeCapture(scenario.id, variant, await captureNamespace(reader, place));
    },
  };
  try {
    const json = options.output === "json";
    const show = json ? (text: string) => void process.stderr.write(`${text}\n`) : print;
    show(tableHead());
    const ids = loadScenarios().map(({ id }) => id);
    const onRow = (row: Result | Failure) => {
      show(tableRow(row));
      if (options["write-scoreboard"]) writeScoreboard([row], ids);
    };
    const rows = await inTurns(bench, scenarios, { jobs: Number(options.jobs), onRow });
    const totals = totalsOf(rows);
    print(json ? JSON.stringify({ totals, scenarios: rows }, null, 2) : `\n${totalLines(totals).join("\n")}`);
  } finally {
    await connection.close();
  }
}

interface Turns {
  readonly jobs: number;
  readonly onRow: (row: Result | Failure) => void;
}

/** A few at a time, then those that touch the whole cluster one by one; in the order of the scenarios. */
async function inTurns(bench: Bench, scenarios: readonly Scenario[], { jobs, onRow }: Turns) {
  const rows = new Map<string, Result | Failure>();
  const runOne = async (scenario: Scenario) => {
    const row = await runScenario(bench, scenario);
    rows.set(scenario.id, row);
    onRow(row);
  };
  const inOrder = async (queue: Scenario[]) => {
    while (queue.length > 0 && !bench.cluster.signal.aborted) await runOne(queue.shift() as Scenario);
  };
  const together = scenarios.filter(({ exclusive }) => !exclusive);
  await Promise.all(Array.from({ length: jobs }, () => inOrder(together)));
  await inOrder(scenarios.filter(({ exclusive }) => exclusive));
  return scenarios.flatMap(({ id }) => rows.get(id) ?? []);
}

// Whoever reads no further, as head does, stops the run as Ctrl-C does.
process.stdout.on("error", () => process.emit("SIGINT"));

await main().catch((error: Error) => {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
});
