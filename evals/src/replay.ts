import { existsSync, readFileSync, writeFileSync } from "node:fs";
import type { Finding } from "@sre-agent/crds";
import { diagnoseIncident } from "@sre-agent/mcp-server/incident";
import { readCapture } from "./captures.ts";
import { KNOWN_MISSES } from "./config.ts";
import { CAPTURE_TOKEN, filled, placeOf } from "./place.ts";
import type { Scenario } from "./scenario.ts";
import { type DiagnosisScore, entityOf, falseAlarms, scoreDiagnosis } from "./score.ts";

export interface Replay {
  readonly id: string;
  readonly diagnosis: DiagnosisScore;
  readonly falseAlarms: readonly string[];
  readonly findings: readonly Finding[];
  /** Named, exact, and silent on the healthy twin. */
  readonly passes: boolean;
}

/** Diagnoses a scenario's captures, with no cluster; undefined where there are none. */
export function replay(scenario: Scenario): Replay | undefined {
  const fault = readCapture(scenario.id, "fault");
  if (fault === undefined) return undefined;
  const { findings } = diagnoseIncident(fault);
  const healthy = readCapture(scenario.id, "healthy");
  const expected = filled(scenario, placeOf(scenario, CAPTURE_TOKEN));
  const text = findings.map((finding) => JSON.stringify(finding)).join("\n");
  const diagnosis = scoreDiagnosis(expected, findings, text);
  const alarms = healthy === undefined ? [] : falseAlarms(diagnoseIncident(healthy).findings, "all");
  const passes =
    diagnosis.named && diagnosis.accuracy === 1 && diagnosis.chainMissed.length === 0 && alarms.length === 0;
  return { id: scenario.id, diagnosis, falseAlarms: alarms, findings, passes };
}

/** Scenarios that are not named yet, as the last run recorded them. */
export function knownMisses(): readonly string[] {
  return existsSync(KNOWN_MISSES) ? (JSON.parse(readFileSync(KNOWN_MISSES, "utf8")) as string[]) : [];
}

export function writeKnownMisses(replays: readonly Replay[]): void {
  const missed = replays.filter(({ passes }) => !passes).map(({ id }) => id);
  writeFileSync(KNOWN_MISSES, `${JSON.stringify(missed, null, 2)}\n`);
}

/** What a replay lacks, in words. */
export function lackOf({ diagnosis, falseAlarms: alarms, findings }: Replay): readonly string[] {
  return [
    ...diagnosis.missing.map((root) => `no finding about ${root}`),
    ...diagnosis.wrong.map((entity) => `called a cause, is none: ${entity}`),
    ...diagnosis.causesMissed.map((cause) => `the cause does not say /${cause}/`),
    ...diagnosis.chainMissed.map((step) => `the chain does not show /${step}/`),
    ...alarms.map((alarm) => `healthy twin: ${alarm}`),
    ...findings.map((finding) => `  said: ${finding.severity} ${entityOf(finding)}: ${finding.cause}`),
  ];
}
