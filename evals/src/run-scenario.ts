import { encode } from "gpt-tokenizer/encoding/o200k_base";
import { clusterRepair } from "./cluster-repair.ts";
import { filled, manifestsOf, type Place, placeOf } from "./place.ts";
import { type CallTool, type PlanResult, runPlan } from "./plan.ts";
import { judgeFixes, type RepairVerdict } from "./repair.ts";
import type { Scenario } from "./scenario.ts";
import {
  type DiagnosisScore,
  type EvidenceScore,
  falseAlarms,
  leaks,
  rootFindings,
  scoreDiagnosis,
  scoreEvidence,
} from "./score.ts";
import { type Cluster, type Stage, stageFault, stageTwin } from "./stage.ts";

export interface Result {
  readonly id: string;
  readonly title: string;
  readonly taxonomy: readonly string[];
  readonly diagnosis: DiagnosisScore;
  readonly evidence: EvidenceScore;
  readonly falseAlarms: readonly string[];
  readonly leaks: readonly string[];
  readonly fix: RepairVerdict;
  readonly calls: number;
  readonly tokens: number;
  /** Tokens of `kubectl get all,events -o yaml` of the namespace. */
  readonly yamlTokens: number;
  readonly milliseconds: number;
  /** What the tool said first, for a person who looks at a miss. */
  readonly answer: string;
}

export interface Failure {
  readonly id: string;
  readonly title: string;
  readonly error: string;
}

export interface Bench {
  readonly cluster: Cluster;
  readonly call: CallTool;
  /** Called with each stage when it stands, before anything is changed. */
  readonly onStaged: (scenario: Scenario, place: Place, variant: "fault" | "healthy") => Promise<void>;
  /** Leave the namespaces. */
  readonly keep: boolean;
}

/** The fault and its healthy twin, each in its own namespace: staged, asked about, scored, removed. */
export async function runScenario(bench: Bench, scenario: Scenario): Promise<Result | Failure> {
  try {
    // Both to their end, whatever becomes of one: each removes its own namespace.
    const [healthy, fault] = await Promise.allSettled([runTwin(bench, scenario), runFault(bench, scenario)]);
    if (healthy.status === "rejected") throw new Error(`healthy twin: ${(healthy.reason as Error).message}`);
    if (fault.status === "rejected") throw fault.reason;
    return resultOf(scenario, fault.value, healthy.value);
  } catch (error) {
    return { id: scenario.id, title: scenario.title, error: (error as Error).message };
  }
}

const TOKEN_LENGTH = 4;
/** Letters and digits of names; never all digits, which YAML would read as a number. */
const newToken = () =>
  `x${Math.random()
    .toString(36)
    .slice(2, 2 + TOKEN_LENGTH - 1)
    .padEnd(TOKEN_LENGTH - 1, "0")}`;

async function runTwin(bench: Bench, scenario: Scenario): Promise<PlanResult | undefined> {
  if (scenario.files.healthy === undefined) return undefined;
  const place = placeOf(scenario, newToken());
  const stage = await stageTwin(bench.cluster, scenario, place);
  try {
    await bench.onStaged(scenario, place, "healthy");
    return await runPlan(bench.call, questionOf(scenario, place));
  } finally {
    await closed(bench, stage);
  }
}

interface FaultRun {
  readonly place: Place;
  readonly plan: PlanResult;
  readonly yamlTokens: number;
  readonly fix: RepairVerdict;
}

async function runFault(bench: Bench, scenario: Scenario): Promise<FaultRun> {
  const place = placeOf(scenario, newToken());
  const stage = await stageFault(bench.cluster, scenario, place);
  try {
    await bench.onStaged(scenario, place, "fault");
    const plan = await runPlan(bench.call, questionOf(scenario, place));
    const yamlTokens = await tokensOfYaml(bench.cluster, place);
    const expected = filled(scenario, place);
    const fixes = rootFindings(expected, plan.findings).flatMap(({ fix }) => fix ?? []);
    const fix = await judgeFixes(expected, fixes, clusterRepair({ cluster: bench.cluster, scenario, place }));
    return { place, plan, yamlTokens, fix };
  } finally {
    await closed(bench, stage);
  }
}

const questionOf = ({ ask }: Scenario, { namespace }: Place) => ({ namespace, ...ask });

async function closed({ keep }: Bench, stage: Stage): Promise<void> {
  if (!keep) await stage[Symbol.asyncDispose]();
}

function resultOf(scenario: Scenario, fault: FaultRun, healthy: PlanResult | undefined): Result {
  const { place, plan, yamlTokens, fix } = fault;
  const expected = filled(scenario, place);
  const text = textOf(plan);
  const healthyText = healthy === undefined ? undefined : textOf(healthy);
  const neighbours = new Set(manifestsOf(scenario.files.surroundings, place).map(({ metadata }) => metadata.name));
  const silent = scenario.roots.length === 0;
  return {
    id: scenario.id,
    title: scenario.title,
    taxonomy: scenario.taxonomy,
    diagnosis: scoreDiagnosis(expected, plan.findings, text),
    evidence: scoreEvidence(expected, text, healthyText),
    falseAlarms: [
      ...falseAlarms(plan.findings, silent ? "all" : neighbours),
      ...falseAlarms(healthy?.findings ?? [], "all").map((alarm) => `healthy twin: ${alarm}`),
    ],
    leaks: leaks(expected, `${text}\n${healthyText ?? ""}`),
    fix,
    calls: plan.answers.length,
    tokens: plan.tokens,
    yamlTokens,
    milliseconds: plan.milliseconds,
    answer: plan.answers[0]?.text ?? "",
  };
}

const textOf = ({ answers }: PlanResult) => answers.map(({ text }) => text).join("\n");

async function tokensOfYaml({ kubectl }: Cluster, { namespace }: Place): Promise<number> {
  return encode(await kubectl.run(["get", "all,events", "-n", namespace, "-o", "yaml"])).length;
}
