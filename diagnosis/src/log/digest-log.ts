import { alarmOf, fatalLine } from "./fatal-line.ts";
import { firstWords } from "./first-words.ts";

/** Lines that differ only in numbers, ids, addresses and times. */
interface LogTemplate {
  readonly template: string;
  readonly count: number;
  readonly first: string | undefined;
  readonly last: string | undefined;
  readonly alarming: boolean;
}

export interface LogDigest {
  readonly lines: number;
  readonly templates: readonly LogTemplate[];
  readonly omittedTemplates: number;
  readonly omittedLines: number;
  /** The first fatal line with its neighbours, oldest first. */
  readonly fatal:
    | { readonly line: string; readonly lineNumber: number; readonly context: readonly string[] }
    | undefined;
}

export interface DigestOptions {
  readonly maxTemplates?: number;
  readonly contextLines?: number;
}

const MAX_LINE = 400;
const TIME = /\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/;
const MASKS: readonly (readonly [RegExp, string])[] = [
  [new RegExp(TIME, "g"), "<time>"],
  [/\b\d\d:\d\d:\d\d(?:[.,]\d+)?\b/g, "<time>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<id>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "<ip>"],
  [/\b(?=[0-9a-f]*\d)(?=\d*[a-f])[0-9a-f]{8,}\b/gi, "<id>"],
  [/\d+(?:\.\d+)?/g, "<n>"],
];

/** Clusters a log: alarming templates first, then by count; first and last time where lines carry one. Bounded in all. */
export function digestLog(text: string, options: DigestOptions = {}): LogDigest {
  const { maxTemplates = 20, contextLines = 3 } = options;
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const all = clustered(lines).sort(byWeight);
  const templates = all.slice(0, maxTemplates);
  return {
    lines: lines.length,
    templates,
    omittedTemplates: all.length - templates.length,
    omittedLines: lines.length - templates.reduce((sum, { count }) => sum + count, 0),
    fatal: fatalContext(lines, contextLines),
  };
}

function clustered(lines: readonly string[]): LogTemplate[] {
  const clusters = new Map<string, LogTemplate>();
  for (const line of lines) {
    const bounded = firstWords(line, MAX_LINE);
    const key = templateOf(line);
    const time = TIME.exec(bounded)?.[0];
    const known = clusters.get(key);
    clusters.set(key, {
      // A line that comes once is more use as it is than masked.
      template: known ? key : bounded,
      count: (known?.count ?? 0) + 1,
      first: known?.first ?? time,
      last: time ?? known?.last,
      alarming: known?.alarming ?? alarmOf(bounded) > 0,
    });
  }
  return [...clusters.values()];
}

/** A line without what tells it from others of its kind: numbers, ids, addresses and times. */
export function templateOf(line: string): string {
  return MASKS.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), firstWords(line, MAX_LINE));
}

function byWeight(a: LogTemplate, b: LogTemplate): number {
  return Number(b.alarming) - Number(a.alarming) || b.count - a.count;
}

function fatalContext(lines: readonly string[], around: number): LogDigest["fatal"] {
  const fatal = fatalLine(lines.join("\n"));
  if (fatal === undefined) return undefined;
  const context = lines.slice(Math.max(0, fatal.position - around), fatal.position + around + 1);
  return {
    line: firstWords(fatal.text, MAX_LINE),
    lineNumber: fatal.position + 1,
    context: context.map((line) => firstWords(line, MAX_LINE)),
  };
}

/** A digest as text of at most `maxLines` lines; the last one says what was left out. */
export function renderDigest(digest: LogDigest, { maxLines }: { readonly maxLines: number }): string {
  const head = `${digest.lines} lines, ${digest.templates.length + digest.omittedTemplates} templates`;
  const body = [...fatalLines(digest), ...digest.templates.map(templateLine)];
  const room = Math.max(0, maxLines - 2);
  const left = body.length - Math.min(body.length, room);
  const omitted =
    left + digest.omittedTemplates > 0
      ? [
          `left out: ${left} lines of this digest, ${digest.omittedTemplates} templates (${digest.omittedLines} log lines)`,
        ]
      : [];
  return [head, ...body.slice(0, room), ...omitted].join("\n");
}

function fatalLines({ fatal }: LogDigest): readonly string[] {
  if (fatal === undefined) return [];
  return [`first fatal line (${fatal.lineNumber}): ${fatal.line}`, ...fatal.context.map((line) => `  | ${line}`)];
}

function templateLine({ count, template, first, last }: LogTemplate): string {
  // A line that comes once still carries its own time.
  const span =
    first === undefined || template.includes(first) ? "" : ` [${first}${last === first ? "" : ` .. ${last}`}]`;
  return `${count}x${span} ${template}`;
}
