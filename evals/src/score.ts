import type { Finding } from "@sre-agent/crds";
import type { Scenario } from "./scenario.ts";

/** What a scenario expects, its names filled in. */
export type Expected = Pick<Scenario, "roots" | "causes" | "evidence" | "chain" | "absent">;

export interface DiagnosisScore {
  /** All roots found, and every cause pattern in the cause sentence of a finding about one of them. */
  readonly named: boolean;
  /** 0 without full recall of the root entities, else precision. */
  readonly accuracy: number;
  readonly missing: readonly string[];
  /** Entities that are called a cause and are none. */
  readonly wrong: readonly string[];
  readonly causesMissed: readonly string[];
  readonly chainMissed: readonly string[];
}

/** `Kind/name` of what a finding is about. */
export const entityOf = ({ subject }: Finding): string => `${subject.kind}/${subject.name}`;

const aboveInfo = ({ severity }: Finding) => severity !== "info";

/** Compares findings above `info` with the expected roots. Pure. */
export function scoreDiagnosis(expected: Expected, findings: readonly Finding[], text: string): DiagnosisScore {
  const found = findings.filter(aboveInfo);
  const entities = [...new Set(found.map(entityOf))];
  const missing = expected.roots.filter((root) => !entities.some((entity) => isRoot(root, entity)));
  const wrong = entities.filter((entity) => !expected.roots.some((root) => isRoot(root, entity)));
  const sentences = rootFindings(expected, found).map(({ cause }) => cause);
  const causesMissed = expected.causes.filter((cause) => !sentences.some((sentence) => matches(cause, sentence)));
  const chainMissed = expected.chain.filter((step) => !matches(step, text));
  const precision = entities.length === 0 ? 1 : (entities.length - wrong.length) / entities.length;
  return {
    named: missing.length === 0 && causesMissed.length === 0 && (expected.roots.length > 0 || wrong.length === 0),
    accuracy: missing.length === 0 ? precision * Number(expected.roots.length > 0 || wrong.length === 0) : 0,
    missing,
    wrong,
    causesMissed,
    chainMissed,
  };
}

/** Findings above `info` about one of the roots. */
export function rootFindings({ roots }: Pick<Expected, "roots">, findings: readonly Finding[]): readonly Finding[] {
  return findings.filter((finding) => aboveInfo(finding) && roots.some((root) => isRoot(root, entityOf(finding))));
}

/** `Deployment/web | Job/web-*` against `Kind/name`. */
export function isRoot(root: string, entity: string): boolean {
  return root.split("|").some((alternative) => {
    const [before = "", ...after] = alternative.trim().split("*");
    const rest = after.join("*");
    return after.length === 0
      ? before === entity
      : entity.startsWith(before) && entity.endsWith(rest) && entity.length >= before.length + rest.length;
  });
}

export const matches = (pattern: string, text: string): boolean => new RegExp(pattern, "i").test(text);

export interface EvidenceScore {
  readonly found: number;
  readonly total: number;
  readonly missed: readonly string[];
}

/** Root evidence in the plan's replies. What a healthy twin shows as well proves nothing and is left out. Pure. */
export function scoreEvidence({ evidence }: Expected, text: string, healthyText: string | undefined): EvidenceScore {
  const telling = evidence.filter((item) => healthyText === undefined || !matches(item, healthyText));
  const missed = telling.filter((item) => !matches(item, text));
  return { found: telling.length - missed.length, total: telling.length, missed };
}

/** Findings above `info` where nothing is wrong. Pure. */
export function falseAlarms(findings: readonly Finding[], neighbours: ReadonlySet<string> | "all"): readonly string[] {
  return findings
    .filter((finding) => aboveInfo(finding) && (neighbours === "all" || isNeighbour(finding, neighbours)))
    .map((finding) => `${finding.severity} ${entityOf(finding)}: ${finding.cause}`);
}

function isNeighbour({ subject }: Finding, neighbours: ReadonlySet<string>): boolean {
  return [...neighbours].some((name) => subject.name === name || subject.name.startsWith(`${name}-`));
}

/** Patterns that no reply may match, and one does. Pure. */
export function leaks({ absent }: Expected, text: string): readonly string[] {
  return absent.filter((pattern) => matches(pattern, text));
}
