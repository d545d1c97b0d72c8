import { API_VERSION, KINDS, type SreInvestigation } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { createReader, type Reader, systemClock } from "@sre-agent/kube";
import { type Command, type Invocation, textOption, USAGE_EXIT_CODE } from "../command.ts";
import { aborted } from "../compose/aborted.ts";
import { CLUSTER_OPTIONS, connectCluster, kubeconfigOf } from "../compose/cluster.ts";
import { loadIncident } from "../compose/incident-file.ts";
import { openEmbedded, openRecorded } from "../demo/embedded.ts";
import { STORY_NAMES, type Story, type StoryName, storyOf } from "../demo/incident.ts";
import { createNarrator, type Narrator } from "../demo/narrator.ts";
import { play } from "../demo/play.ts";
import type { Playground } from "../demo/playground.ts";
import { openRealCluster } from "../demo/real-cluster.ts";
import { recordedNamespace, recordedStory } from "../demo/recorded.ts";
import { startStack } from "../demo/stack.ts";
import { table } from "../terminal/table.ts";
import type { Terminal } from "../terminal/terminal.ts";

export const command: Command = {
  name: "demo",
  summary: "Watch an incident become a verified fix with a transcript.",
  description:
    "Without --cluster everything runs on this machine. With it the kinds, identities and policies are installed into the\ncluster of your kubeconfig, and a namespace of this run's own is made there; both are left for you to look at.",
  positionals: [],
  options: {
    cluster: { type: "boolean", description: "Play on the cluster of the kubeconfig instead of an embedded one." },
    incident: {
      type: "string",
      value: "NAME",
      description: "Which incident, or an incident file that sre-agent capture wrote; default bad-release.",
      choices: STORY_NAMES,
      orFile: true,
    },
    list: {
      ...{ type: "boolean", without: ["incident", "all", "cluster", "hold"] },
      description: "List the incidents and how each should end.",
    },
    all: {
      ...{ type: "boolean", without: ["incident", "hold"] },
      description: "Play every incident, one after the other, and say how each ended.",
    },
    hold: { type: "boolean", description: "Keep everything running at the end, until Ctrl-C." },
    verbose: { type: "boolean", short: "v", description: "Show the logs of the four processes." },
    ...CLUSTER_OPTIONS,
  },
  examples: [
    ["demo", "a bad release is rolled back, on an embedded cluster"],
    ["demo --cluster", "the same on a real cluster, each part under its own identity"],
    ["demo --incident healthy", "a healthy workload, where nothing should be done"],
    ["demo --incident shop.incident", "what was recorded on a real cluster, on an embedded one"],
    ["demo --list", "the incidents there are"],
    ["demo --all", "all of them"],
  ],
  run(invocation) {
    if (invocation.options["list"] === true) return listed(invocation);
    if (invocation.options["all"] === true) return playAll(invocation);
    const name = textOption(invocation, "incident") ?? "bad-release";
    return isStoryName(name) ? playKnown(invocation, name) : playRecorded(invocation, name);
  },
};

function isStoryName(name: string): name is StoryName {
  return (STORY_NAMES as readonly string[]).includes(name);
}

async function listed({ terminal }: Invocation): Promise<number> {
  const rows = STORY_NAMES.map((name) => {
    const { title, ending } = storyOf(name);
    return [name, ending, title];
  });
  terminal.out(table(["INCIDENT", "SHOULD END", "WHAT HAPPENS"], rows));
  return 0;
}

/** One after the other, so that what is told stays in order. Exit code 1 when one of them ended otherwise than it should. */
async function playAll(invocation: Invocation): Promise<number> {
  const rows: string[][] = [];
  for (const name of STORY_NAMES) {
    invocation.terminal.out(`\n== ${name}`);
    const began = systemClock.now();
    const code = await playKnown(invocation, name);
    const seconds = ((systemClock.now() - began) / 1000).toFixed(1);
    rows.push([name, storyOf(name).ending, code === 0 ? "as it should" : "NOT as it should", seconds]);
  }
  invocation.terminal.out(`\n${table(["INCIDENT", "SHOULD END", "ENDED", "SECONDS"], rows)}`);
  return rows.every((row) => row[2] === "as it should") ? 0 : 1;
}

function playKnown(invocation: Invocation, name: StoryName): Promise<number> {
  const open = () => (invocation.options["cluster"] === true ? openReal(invocation) : openEmbedded(name));
  return playOne(invocation, storyOf(name), open);
}

async function playRecorded(invocation: Invocation, file: string): Promise<number> {
  if (invocation.options["cluster"] === true) {
    throw new UserError("An incident file is played on an embedded cluster only.", {
      exitCode: USAGE_EXIT_CODE,
      nextStep: `Leave out --cluster: sre-agent demo --incident ${file}`,
    });
  }
  const incident = await loadIncident(file);
  const namespace = recordedNamespace(incident, file);
  const recording = { now: incident.header.now, objects: incident.objects, logs: incident.logs };
  return playOne(invocation, recordedStory(incident), () => openRecorded(recording, namespace));
}

async function playOne(invocation: Invocation, story: Story, open: () => Promise<Playground>): Promise<number> {
  const narrator = createNarrator(invocation.terminal, systemClock.now);
  narrator.stage("A place to play");
  const playground = await open();
  narrator.line(`${playground.title}, namespace ${playground.namespace}`);
  try {
    return await tell(invocation, { playground, narrator, story });
  } catch (error) {
    if (invocation.options["cluster"] === true) sayWhatIsLeft(invocation.terminal, playground.namespace);
    throw error;
  } finally {
    await playground.close();
    await playground.admin.close();
  }
}

interface Telling {
  readonly playground: Playground;
  readonly narrator: Narrator;
  readonly story: Story;
}

async function openReal(invocation: Invocation): Promise<Playground> {
  const admin = await connectCluster(invocation);
  const kubeconfig = kubeconfigOf(invocation) ?? "~/.kube/config";
  return openRealCluster({ admin, kubeconfig }, invocation.signal);
}

async function tell(invocation: Invocation, { playground, narrator, story }: Telling): Promise<number> {
  const { terminal, signal, environment, options } = invocation;
  narrator.stage("Four processes, each under its own identity");
  const stack = await startStack({
    playground,
    program: [process.argv[1] ?? ""],
    path: environment["PATH"] ?? "",
    logLevel: environment["LOG_LEVEL"] ?? "info",
    signal,
    ...(options["verbose"] === true ? { onLine: (part, line) => terminal.err(`${part}  ${line}`) } : {}),
  });
  narrator.line("mcp-read, mcp-act, agent and operator are ready");
  try {
    const investigation = await play({ playground, story, narrator, terminal, clock: systemClock, signal });
    const isRight = story.ending === undefined || investigation.status?.phase === story.ending;
    narrator.stage(`The end: ${investigation.status?.phase}${isRight ? "" : `, and ${story.ending} was expected`}`);
    await summarize(invocation, { playground, narrator, story }, investigation);
    if (options["hold"] === true && options["all"] !== true) await hold(invocation, playground);
    return isRight ? 0 : 1;
  } finally {
    await stack.stop();
  }
}

async function summarize(
  { terminal, options }: Invocation,
  { playground, narrator }: Telling,
  { metadata }: SreInvestigation,
): Promise<void> {
  const { namespace, admin } = playground;
  terminal.out(`\n$ kubectl get sre -n ${namespace}`);
  terminal.out(await sreTables(createReader(admin), namespace));
  terminal.out("");
  terminal.out(
    table(
      ["STAGE", "SECONDS"],
      narrator.times().map(({ stage, seconds }) => [stage.slice(0, 60), seconds.toFixed(1)]),
    ),
  );
  if (options["cluster"] === true) sayWhatIsLeft(terminal, namespace, metadata.name);
}

/** How to look at what a run leaves on a real cluster, and how to take it away. */
function sayWhatIsLeft(terminal: Terminal, namespace: string, investigation?: string): void {
  const look = investigation === undefined ? "diagnose" : `transcript ${investigation}`;
  terminal.out(`\nLook around:  kubectl get sre -n ${namespace}    sre-agent ${look} -n ${namespace}`);
  terminal.out(`Clean up:     kubectl delete namespace ${namespace}`);
}

/** The tables of our kinds in a namespace, as kubectl prints them. */
async function sreTables(reader: Reader, namespace: string): Promise<string> {
  const kinds = KINDS.filter(({ scope, inCategory = true }) => scope === "Namespaced" && inCategory);
  const tables = await Promise.all(
    kinds.map(({ kind }) => reader.table({ apiVersion: API_VERSION, kind }, { namespace })),
  );
  return tables
    .filter(({ rows }) => rows.length > 0)
    .map(({ columns, rows }) => {
      const shown = columns.map((column, index) => ({ ...column, index })).filter(({ priority }) => priority === 0);
      const cells = rows.map((row) => shown.map(({ index }) => String(row.cells[index] ?? "")));
      return table(
        shown.map(({ name }) => name.toUpperCase()),
        cells,
      );
    })
    .join("\n\n");
}

async function hold({ terminal, signal }: Invocation, { kubeconfig, namespace }: Playground): Promise<void> {
  terminal.out(`\nEverything keeps running until Ctrl-C. In another terminal:`);
  terminal.out(`  KUBECONFIG=${kubeconfig} sre-agent diagnose -n ${namespace}`);
  await aborted(signal);
}
