import type { Budget, DecideRequest } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { type Command, type Invocation, textOption, USAGE_EXIT_CODE } from "../command.ts";
import { CLUSTER_OPTIONS } from "../compose/cluster.ts";
import { checkNewFile, saveNewFile } from "../compose/incident-file.ts";
import { type Investigated, investigate } from "../compose/investigation.ts";
import { MODEL_OPTION } from "../compose/model-settings.ts";
import { EXIT_CODE_OPTION, NAMESPACE_OPTION, OUTPUT_OPTION } from "../compose/options.ts";
import { transcriptJson } from "../compose/transcript.ts";
import { FOUND_EXIT_CODE } from "../terminal/diagnosis-view.ts";
import { evidenceIn, proposalIn } from "../terminal/evidence.ts";
import { createLiveSteps } from "../terminal/live-steps.ts";
import { reportView } from "../terminal/report-view.ts";
import { newScrub } from "../terminal/scrub.ts";

export const command: Command = {
  name: "investigate",
  summary: "Let the agent look into a workload or a namespace, live, on any cluster.",
  description:
    "Runs the agent in this process with the rights of your kubeconfig; nothing has to be installed. In mode observe it only\nreads; in mode propose it may record a change for approval, where the kinds are installed and an SreAction allows it.\nThe model comes from MODEL_BACKEND and AZURE_OPENAI_* (docs/configuration.md); without them fixed rules decide.",
  positionals: [{ name: "TARGET", required: false }],
  options: {
    namespace: NAMESPACE_OPTION,
    file: { type: "string", value: "FILE", description: "Look into an incident file instead of a cluster." },
    model: MODEL_OPTION,
    mode: {
      type: "string",
      value: "MODE",
      description: "How far it may go; default observe.",
      choices: ["observe", "propose"],
    },
    symptom: { type: "string", value: "TEXT", description: "What was seen, in your words.", maxLength: 2_000 },
    "max-cost": {
      type: "string",
      value: "USD",
      description: "Most it may spend on the model; needs MODEL_PRICE_INPUT and MODEL_PRICE_OUTPUT.",
    },
    "max-seconds": { type: "string", value: "N", description: "Most it may take; default 300." },
    transcript: { type: "string", value: "FILE", description: "Write every step, hash-chained, to a new file." },
    output: OUTPUT_OPTION,
    "exit-code": { ...EXIT_CODE_OPTION, description: "Exit with 3 unless nothing should be done." },
    ...CLUSTER_OPTIONS,
  },
  exitCodes: { [FOUND_EXIT_CODE]: "with --exit-code: something should be done" },
  examples: [
    ["investigate deployment/web -n shop", "why web is unwell"],
    ["investigate -n shop --model gpt-5 --max-cost 0.10", "the namespace as a whole, with a model"],
    ["investigate deployment/web -n shop --mode propose", "and record the fix for approval"],
    ["investigate --file shop.incident --transcript run.json", "without a cluster"],
  ],
  async run(invocation) {
    const { terminal, options } = invocation;
    const file = textOption(invocation, "transcript");
    if (file !== undefined) await checkNewFile(file);
    const steps = createLiveSteps({ terminal, scrub: newScrub() });
    const run = await investigate(invocation, {
      mode: textOption(invocation, "mode") === "propose" ? "propose" : "observe",
      budget: budgetOf(invocation),
      onBegin: (request) => announce(invocation, request),
      onEntry: steps.entry,
      warn: (message) => terminal.err(message),
    });
    print(invocation, run);
    if (file !== undefined) await saveTranscript(invocation, run, file);
    return options["exit-code"] === true && run.report.decision !== "deny" ? FOUND_EXIT_CODE : 0;
  },
};

function budgetOf(invocation: Invocation): Budget {
  const cost = numberOption(invocation, "max-cost", { min: 0.000_001, max: 1_000 });
  const seconds = numberOption(invocation, "max-seconds", { min: 1, max: 3_600 });
  return {
    ...(cost === undefined ? {} : { costMicroUsd: Math.round(cost * 1_000_000) }),
    ...(seconds === undefined ? {} : { seconds: Math.round(seconds) }),
  };
}

function numberOption(
  invocation: Invocation,
  name: string,
  { min, max }: { readonly min: number; readonly max: number },
): number | undefined {
  const text = textOption(invocation, name);
  if (text === undefined) return undefined;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw new UserError(`--${name} cannot be "${text}": it is a number from ${min} to ${max}.`, {
    exitCode: USAGE_EXIT_CODE,
    nextStep: "See: sre-agent investigate --help",
  });
}

function announce({ terminal }: Invocation, { context, mode }: DecideRequest): void {
  const { kind, name, namespace } = context.target;
  const what = name === undefined ? `namespace ${namespace}` : `${kind}/${name} in ${namespace}`;
  terminal.err(terminal.style("bold", `Investigating ${what}, mode ${mode}`));
}

function print(invocation: Invocation, run: Investigated): void {
  const { terminal, options } = invocation;
  const { report, journal } = run;
  if (options["output"] === "json") {
    const { target, symptom } = run.request.context;
    terminal.out(JSON.stringify({ target, symptom, mode: run.request.mode, report }, null, 2));
  } else {
    const proposal = proposalIn(journal);
    const context = { evidence: evidenceIn(journal), ...(proposal === undefined ? {} : { diff: proposal.diff }) };
    terminal.out(`\n${reportView(report, context, terminal)}`);
    for (const next of nextSteps(invocation, run)) terminal.out(`${terminal.style("bold", "Next:")} ${next}`);
  }
}

async function saveTranscript(
  { terminal }: Invocation,
  { stored, journal }: Investigated,
  file: string,
): Promise<void> {
  await saveNewFile(file, `${transcriptJson({ ...stored, journal })}\n`);
  terminal.err(`Every step is in ${file}: sre-agent transcript --file ${file}`);
}

/** The very next command, where there is one beside the fix itself. */
function nextSteps(
  { positionals }: Invocation,
  { report, request, canPropose, journal }: Investigated,
): readonly string[] {
  const { namespace } = request.context.target;
  const { remediationRef, findings } = report;
  if (remediationRef !== undefined) {
    return [proposalIn(journal)?.approveCommand ?? `sre-agent approve ${remediationRef.name} -n ${namespace}`];
  }
  if (proposalIn(journal) !== undefined) {
    return ["sre-agent policy show    (the mode here is observe: the change was looked at, and nothing was recorded)"];
  }
  const isTyped = findings.some(({ fix }) => fix?.kind === "action");
  if (!isTyped || !canPropose || request.mode !== "observe") return [];
  return [`sre-agent investigate ${[...positionals, "-n", namespace].join(" ")} --mode propose`];
}
