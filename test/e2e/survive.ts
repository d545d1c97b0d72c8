import { readFile } from "node:fs/promises";
import type { AuditRecord } from "@sre-agent/mcp-server/act";
import { readJournal } from "@sre-agent/operator";
import { expect } from "vitest";
import type { Part, Remediation, Scenario } from "./scenario.ts";

/** Moments of an incident at which a part may die, in their order. */
export const STAGES = ["triggered", "deciding", "awaiting approval", "approved", "executing", "verifying"] as const;
export type Stage = (typeof STAGES)[number];

/**
 * Plays the bad release to its end. At each of `stages` the part is killed and started again.
 * Answers the generation that the broken Deployment had.
 */
export async function playKilling(scenario: Scenario, part: Part, stages: readonly Stage[]): Promise<number> {
  const dies = async (stage: Stage) => {
    if (!stages.includes(stage)) return;
    await scenario.stack.kill(part);
    await scenario.stack.restart(part);
  };
  const broken = await scenario.breakIt("3s");
  await untilTriggered(scenario);
  await dies("triggered");
  if (stages.includes("deciding")) await untilDeciding(scenario);
  await dies("deciding");
  await scenario.untilPhase("AwaitingApproval");
  await dies("awaiting approval");
  await scenario.approve(await scenario.untilRemediation("Proposed"));
  await dies("approved");
  // A part that was down for one death may come back after the next stage is over.
  const late = stages.length > 1 ? (["Succeeded"] as const) : [];
  if (stages.includes("executing")) await scenario.untilRemediation("Executing", "Verifying", ...late);
  await dies("executing");
  if (stages.includes("verifying")) await scenario.untilRemediation("Verifying", ...late);
  await dies("verifying");
  await scenario.untilPhase("Succeeded");
  return broken;
}

function untilTriggered(scenario: Scenario): Promise<true> {
  return scenario.until("an investigation", async () => (await scenario.investigations()).length > 0 || undefined);
}

/** In the midst of it: some steps are stored, and there is no decision. @throws when it was decided meanwhile. */
function untilDeciding(scenario: Scenario): Promise<true> {
  const look = async () => {
    const [run] = await scenario.investigations();
    if (run?.status?.decision !== undefined) throw new Error("it was decided before it could be disturbed");
    return (await scenario.transcripts()).length >= 2 || undefined;
  };
  return scenario.until("steps of an investigation", look, "passes");
}

/** What holds however often a part died: one run, one write, and a journal without a gap or a repetition. */
export async function expectOneOfEach(scenario: Scenario, broken: number): Promise<void> {
  expect(await scenario.investigations()).toHaveLength(1);
  const ledger = await scenario.ledger();
  expect(ledger.map(writesOf)).toEqual([["forward"]]);
  expect((await scenario.deployment()).metadata.generation).toBe(broken + 1);
  const journal = readJournal((await scenario.transcripts()).map(({ spec }) => spec));
  expect(journal.length).toBeGreaterThan(4);
  expect(journal.map(({ seq }) => seq)).toEqual(journal.map((_entry, index) => index));
  await expectWholeAudit(scenario);
}

/** The act server's audit chain goes on over its deaths: numbers and hashes follow each other, and tell of the write. */
async function expectWholeAudit(scenario: Scenario): Promise<void> {
  const text = await readFile(scenario.stack.auditFile, "utf8");
  const records = text
    .trimEnd()
    .split("\n")
    .map((line): AuditRecord => JSON.parse(line));
  const [first] = records;
  expect(records.map(({ sequence }) => sequence)).toEqual(records.map((_r, index) => (first?.sequence ?? 0) + index));
  expect(records.slice(1).map(({ previous }) => previous)).toEqual(records.slice(0, -1).map(({ hash }) => hash));
  expect(new Set(records.map(({ kind }) => kind))).toEqual(new Set(["proposal", "intent", "outcome"]));
}

/** An attempt that left no trace on the target may be on record beside the one that was written. */
function writesOf({ status }: Remediation): readonly string[] {
  const attempts = status?.attempts ?? [];
  return attempts.filter(({ result }) => result === "written").map(({ direction }) => direction);
}
