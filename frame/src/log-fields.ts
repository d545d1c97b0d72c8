import { errorRecord } from "./error-record.ts";

const MAX_TEXT = 16_384;
const MAX_DEPTH = 6;
const MAX_ITEMS = 100;

/** Fields whose name says that their text is not for a log, whatever the caller meant. */
const SECRET_FIELD = /password|passwd|secret|token$|authorization|api[-_]?key|credential/i;

export interface LogCleaner {
  text(value: string): string;
  fields(value: object): object;
}

export interface LogCleanerOptions {
  readonly scrub: (text: string) => string;
  readonly stack: boolean;
}

function cleanText(value: string, scrub: LogCleanerOptions["scrub"]): string {
  // Scrubbed before the cut, because half a secret at the cut would match no pattern.
  const scrubbed = scrub(value.slice(0, MAX_TEXT * 4));
  const whole = scrubbed.length <= MAX_TEXT && value.length <= MAX_TEXT * 4;
  return whole ? scrubbed : `${scrubbed.slice(0, MAX_TEXT)}… (cut; ${value.length} characters)`;
}

function cleanObject(value: object, depth: number, options: LogCleanerOptions): unknown {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "(no date)" : value.toISOString();
  if (value instanceof Error) return clean(errorRecord(value, options), depth, options);
  if (depth >= MAX_DEPTH) return "(deeper levels left out)";
  if (Array.isArray(value)) return value.slice(0, MAX_ITEMS).map((item) => clean(item, depth + 1, options));
  const entries = Object.entries(value).slice(0, MAX_ITEMS);
  return Object.fromEntries(
    entries.map(([key, item]) => {
      const hidden = typeof item === "string" && SECRET_FIELD.test(key);
      return [key, hidden ? "<hidden>" : clean(item, depth + 1, options)];
    }),
  );
}

function clean(value: unknown, depth: number, options: LogCleanerOptions): unknown {
  if (typeof value === "string") return cleanText(value, options.scrub);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "object" || value === null) return value;
  return cleanObject(value, depth, options);
}

/** Makes what callers log fit for a line: scrubbed, bounded in length, depth and number of items. */
export function createLogCleaner(options: LogCleanerOptions): LogCleaner {
  return {
    text: (value) => cleanText(value, options.scrub),
    fields: (value) => Object(cleanObject(value, 0, options)),
  };
}
