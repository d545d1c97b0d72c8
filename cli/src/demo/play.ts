import { isTerminal, type SreInvestigation, type SreRemediation } from "@sre-agent/crds";
import { UserError } from "@sre-agent/frame";
import { type Clock, createInstaller, createReader, type KubeObject } from "@sre-agent/kube";
import { createApproval } from "../compose/approval.ts";
import { colouredDiff } from "../terminal/remediation-view.ts";
import { afterCause } from "../terminal/report-view.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { type FollowOptions, until, untilEnded, untilRemediation } from "./follow.ts";
import { question, type Story, watch } from "./incident.ts";
import type { Narrator } from "./narrator.ts";
import type { Playground } from "./playground.ts";

export interface PlayOptions {
  readonly playground: Playground;
  readonly story: Story;
  readonly narrator: Narrator;
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

const ROLLED_OUT_WITHIN_MS = 60_000;
const DECIDED_WITHIN_MS = 120_000;
const ENDED_WITHIN_MS = 120_000;

/** Plays the story to its end, telling it on the way. The stack has to be running. @throws UserError when it stalls. */
export async function play(options: PlayOptions): Promise<SreInvestigation> {
  await breakIt(options);
  const decided = await investigate(options);
  const { remediationRef, phase } = decided.status ?? {};
  if (phase !== "AwaitingApproval" || remediationRef === undefined) return decided;
  await approve(options, remediationRef.name);
  return followUp(options, remediationRef.name);
}

async function breakIt({ playground, story, narrator, clock, signal }: PlayOptions): Promise<void> {
  const installer = createInstaller(playground.admin);
  const { namespace } = playground;
  const apply = async (objects: readonly Parameters<typeof installer.apply>[0][]) => {
    for (const object of objects) await installer.apply(object, { namespace, signal });
  };
  narrator.stage(story.scene);
  await apply(story.before(playground));
  if (story.healthyBefore && story.workload !== undefined) {
    await untilRolledOut(
      { reader: createReader(playground.admin), namespace, clock, signal, withinMs: ROLLED_OUT_WITHIN_MS },
      story.workload,
    );
    narrator.line(`Deployment/${story.workload} is rolled out and healthy`);
  }
  await apply(watch(story, playground));
  narrator.line(`${story.watched ? "an SreTrigger watches it; " : ""}${allowedWords(story)}`);
  narrator.stage(story.asked === undefined ? "It breaks" : "A person asks");
  await apply(story.release(playground));
  if (story.asked !== undefined) await apply([question(story, playground)]);
  narrator.line(story.title);
}

function allowedWords({ allows }: Story): string {
  if (allows.length === 0) return "no SreAction allows anything";
  return `SreActions allow: ${allows.join(", ").toLowerCase()}`;
}

type DeploymentStatus = KubeObject & {
  readonly spec: { readonly replicas: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly availableReplicas?: number;
    readonly updatedReplicas?: number;
  };
};

async function untilRolledOut(options: FollowOptions, name: string): Promise<void> {
  const { reader, namespace } = options;
  await until(options, `the rollout of ${name}`, async () => {
    const { metadata, spec, status } = await reader.get<DeploymentStatus>({
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace,
      name,
    });
    const isSeen = status?.observedGeneration === metadata.generation;
    return (
      (isSeen && status?.availableReplicas === spec.replicas && status.updatedReplicas === spec.replicas) || undefined
    );
  });
}

function followOptions({ playground, clock, signal }: PlayOptions, withinMs: number): FollowOptions {
  return { reader: createReader(playground.admin), namespace: playground.namespace, clock, signal, withinMs };
}

async function investigate(options: PlayOptions): Promise<SreInvestigation> {
  const { narrator } = options;
  narrator.stage("The agent investigates");
  const follow = untilEnded(followOptions(options, DECIDED_WITHIN_MS), (entry) => narrator.line(entry.title));
  const decided = await follow(({ status }) => status?.phase === "AwaitingApproval", "a decision");
  tellDecision(options, decided.status);
  return decided;
}

/** Cause, evidence, reasons: each sentence once, though claims and rationale repeat the cause. */
function tellDecision({ narrator, terminal }: PlayOptions, status: SreInvestigation["status"]): void {
  narrator.stage(`Decision: ${status?.decision ?? "none"} (confidence ${status?.confidence ?? "unknown"})`);
  const { rootCause = "", claims = [], rationale = "" } = status ?? {};
  if (rootCause !== "") narrator.line(`${terminal.style("red", "cause")}     ${rootCause}`);
  for (const { text, evidence } of claims.slice(0, 5)) {
    const words = text === rootCause ? "" : `${text} `;
    narrator.line(`${terminal.style("dim", "evidence")}  ${words}[${evidence.join(", ")}]`);
  }
  const reasons = afterCause(rationale, rootCause);
  if (reasons !== "") narrator.line(`${terminal.style("dim", "rationale")} ${reasons}`);
}

async function approve(options: PlayOptions, name: string): Promise<void> {
  const { playground, narrator, terminal, signal } = options;
  const remediation = await untilRemediation(followOptions(options, DECIDED_WITHIN_MS), name, () => true);
  narrator.stage(`A person looks: ${remediation.spec.summary}`);
  narrator.block(colouredDiff(remediation.spec.diff, terminal.style));
  narrator.line(`digest ${remediation.spec.approvalDigest}`);
  const person = await playground.approver();
  const approver = await createApproval(person, {
    remediation,
    decision: "Approve",
    reason: "Seen in the demo.",
    signal,
  });
  await person.close();
  narrator.line(`${terminal.style("green", "approved")} by ${approver}, with that person's own credential`);
}

async function followUp(options: PlayOptions, name: string): Promise<SreInvestigation> {
  const { narrator } = options;
  narrator.stage("The act server carries it out");
  let told = "";
  const tell = ({ status }: SreRemediation) => {
    const phase = status?.phase ?? "Proposed";
    if (phase !== told) narrator.line(status?.message === undefined ? phase : `${phase}: ${status.message}`);
    told = phase;
    return isTerminal(phase);
  };
  await untilRemediation(followOptions(options, ENDED_WITHIN_MS), name, tell);
  const ended = untilEnded(followOptions(options, ENDED_WITHIN_MS), () => undefined);
  const investigation = await ended(() => false, "the end of the investigation");
  if (investigation.status?.phase === undefined) throw new UserError("The investigation ended without a phase.");
  return investigation;
}
