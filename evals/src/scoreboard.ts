import type { Failure, Result } from "./run-scenario.ts";

export interface Totals {
  readonly scenarios: number;
  readonly staged: number;
  readonly named: number;
  /** Of the 30 scenarios that the analyzers were developed with; the rest are variants. */
  readonly development: { readonly named: number; readonly of: number };
  readonly accuracy: number;
  readonly evidence: number;
  readonly falseAlarms: number;
  readonly leaks: number;
  readonly fixes: { readonly safe: number; readonly unsafe: number; readonly none: number };
  readonly calls: number;
  readonly tokens: number;
  readonly milliseconds: number;
  /** Median of: tokens of the objects as YAML, by tokens of the plan. */
  readonly factor: number;
}

const isFailure = (row: Result | Failure): row is Failure => "error" in row;

const DEVELOPMENT = /^D\d\d$/;

const mean = (values: readonly number[]) =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Of an even number the mean of the two in the middle. */
function median(values: readonly number[]): number {
  const [sorted, half] = [values.toSorted((a, b) => a - b), (values.length - 1) / 2];
  return ((sorted[Math.floor(half)] ?? 0) + (sorted[Math.ceil(half)] ?? 0)) / 2;
}

/** Sums up a run; scenarios that could not be staged count as not named. Pure. */
export function totalsOf(rows: readonly (Result | Failure)[]): Totals {
  const results = rows.filter((row): row is Result => !isFailure(row));
  const evidence = results.filter(({ evidence: { total } }) => total > 0);
  const named = results.filter(({ diagnosis }) => diagnosis.named);
  const inDevelopment = ({ id }: { readonly id: string }) => DEVELOPMENT.test(id);
  const fixes = (verdict: Result["fix"]["verdict"]) => results.filter(({ fix }) => fix.verdict === verdict).length;
  return {
    scenarios: rows.length,
    staged: results.length,
    named: named.length,
    development: { named: named.filter(inDevelopment).length, of: rows.filter(inDevelopment).length },
    accuracy: results.reduce((sum, { diagnosis }) => sum + diagnosis.accuracy, 0) / Math.max(rows.length, 1),
    evidence: mean(evidence.map((row) => row.evidence.found / row.evidence.total)),
    falseAlarms: results.reduce((sum, row) => sum + row.falseAlarms.length, 0),
    leaks: results.reduce((sum, row) => sum + row.leaks.length, 0),
    fixes: { safe: fixes("safe"), unsafe: fixes("unsafe"), none: fixes("none") },
    calls: mean(results.map(({ calls }) => calls)),
    tokens: mean(results.map(({ tokens }) => tokens)),
    milliseconds: Math.round(median(results.map(({ milliseconds }) => milliseconds))),
    factor: median(results.map(({ yamlTokens, tokens }) => yamlTokens / Math.max(tokens, 1))),
  };
}

const COLUMNS = ["id", "named", "accuracy", "evidence", "alarms", "fix", "calls", "tokens", "× yaml", "ms"] as const;

/** The cells of one scenario, in the order of the columns. */
function cellsOf(row: Result | Failure): readonly string[] {
  if (isFailure(row)) return [row.id, "not staged", ...COLUMNS.slice(2).map(() => "–")];
  const { diagnosis, evidence, tokens } = row;
  return [
    row.id,
    diagnosis.named ? "yes" : "no",
    diagnosis.accuracy.toFixed(2),
    `${evidence.found}/${evidence.total}`,
    String(row.falseAlarms.length),
    row.fix.verdict,
    String(row.calls),
    String(tokens),
    (row.yamlTokens / Math.max(tokens, 1)).toFixed(1),
    String(row.milliseconds),
  ];
}

const WIDTH = 9;

export const tableHead = (): string => `${COLUMNS.map((column) => column.padEnd(WIDTH)).join(" ")} title`;

export function tableRow(row: Result | Failure): string {
  const line = `${cellsOf(row)
    .map((cell) => cell.padEnd(WIDTH))
    .join(" ")} ${row.title}`;
  return [line, ...complaintsOf(row).map((complaint) => `          ${complaint}`)].join("\n");
}

/** What is wrong with a row, for a person. */
export function complaintsOf(row: Result | Failure): readonly string[] {
  if (isFailure(row)) return [row.error];
  const { diagnosis, evidence, falseAlarms: alarms, leaks: leaked, fix } = row;
  return [
    ...diagnosis.missing.map((root) => `no finding about ${root}`),
    ...diagnosis.wrong.map((entity) => `called a cause, is none: ${entity}`),
    ...diagnosis.causesMissed.map((cause) => `the cause does not say /${cause}/`),
    ...diagnosis.chainMissed.map((step) => `the chain does not show /${step}/`),
    ...evidence.missed.map((item) => `evidence not shown: /${item}/`),
    ...alarms.map((alarm) => `false alarm: ${alarm}`),
    ...leaked.map((pattern) => `leaked: /${pattern}/`),
    ...(fix.verdict === "unsafe" ? fix.reasons.map((reason) => `fix: ${reason}`) : []),
  ];
}

const percent = (share: number) => `${(share * 100).toFixed(0)} %`;

export function totalLines(totals: Totals): readonly string[] {
  const { scenarios, staged, named, fixes } = totals;
  return [
    `root cause named     ${named} of ${scenarios}${staged < scenarios ? ` (${scenarios - staged} not staged)` : ""}`,
    `  of D01 to D30      ${totals.development.named} of ${totals.development.of}`,
    `accuracy             ${totals.accuracy.toFixed(2)} (0 without full recall, else precision)`,
    `root evidence shown  ${percent(totals.evidence)}`,
    `false alarms         ${totals.falseAlarms}`,
    `leaks                ${totals.leaks}`,
    `fixes                ${fixes.safe} safe, ${fixes.unsafe} unsafe, ${fixes.none} none`,
    `calls, tokens        ${totals.calls.toFixed(1)} and ${totals.tokens.toFixed(0)} on average`,
    `fewer than YAML      ${totals.factor.toFixed(1)} times (median)`,
    `time                 ${totals.milliseconds} ms (median)`,
  ];
}

/** The scoreboard as a Markdown table. */
export function markdownTable(rows: readonly (Result | Failure)[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    line([...COLUMNS, "scenario"]),
    line([...COLUMNS, ""].map(() => "---")),
    ...rows.map((row) => line([...cellsOf(row), row.title])),
  ].join("\n");
}
