import { templateOf } from "./digest-log.ts";
import { isException } from "./fatal-line.ts";

/** A line in which a program says that something failed, over and over, and the last time just now. */
export interface RepeatedError {
  /** The newest such line. */
  readonly line: string;
  /** What all of them have in common. */
  readonly template: string;
  readonly count: number;
  /** Of how many lines. */
  readonly of: number;
}

const MIN_COUNT = 3;

/** How programs mark a line as an error: a field, a word in capitals or brackets, klog's first letter, the first word. */
const FIELD = /\b(?:level|lvl|severity|log\.level)"?\s*[=:]\s*"?(?:error|eror|err|fatal|critical|crit|severe)\b"?/gi;
const WORD =
  /\b(?:ERROR|FATAL|CRITICAL|SEVERE)\b|\[(?:error|fatal|crit(?:ical)?)\]|^E(?=\d{4} \d\d:)|^(?:[Ee]rror|[Ff]atal):/g;
const LOWER_LEVEL =
  /\b(?:level|lvl|severity|log\.level)"?\s*[=:]\s*"?(?:trace|debug|info|notice|warn(?:ing)?)\b|\b(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING)\b|\[(?:trace|debug|info|notice|warn(?:ing)?)\]|^[IWD]\d{4} \d\d:/;
/** That something went wrong, in words other than the mark: a page called "error" is none. */
const FAILURE =
  /fail(?:ed|ure|ing|s)\b|exception|time[ds]? ?-?out|deadline exceeded|refused|unreachable|unavailable|exhausted|too many|out of (?:memory|space|range)|overflow|cannot|can't|could not|couldn't|unable to|rate.?limit|throttl|reset by|broken pipe|\bno (?:space|route|such host|connections?)\b|rejected|aborted|denied|deadlock|corrupt|\b(?:status|code|HTTP)\W{0,3}5\d\d\b/i;
/** ECONNREFUSED, ETIMEDOUT, ENOSPC. */
const ERRNO = /\bE[A-Z]{5,}\b/;
/** Told to be well by the numbers beside. */
const NOTHING =
  /\b(?:errors?|failures?|failed|exceptions?)"?\s*[:=]?\s*"?(?:0|none|null|nil|false)\b|\b(?:0|no) (?:errors?|failures?)\b/gi;
const RETRY = /retr(?:y|ies|ying)|attempt|back(?:ing)? ?off|will try|trying again|reconnect/i;
const GIVEN_UP =
  /giv(?:e|ing|en) up|gave up|exhausted|exceeded|(?:after|of) \d+ (?:retries|attempts|tries)|\b(\d+) ?(?:\/|of) ?\1\b/i;

/**
 * The most frequent line of a log that is marked as an error, says that something failed, stands there at least three
 * times, and goes on: nothing else has been said for as long as the line has ever been absent. Errors of the start, or
 * those that a retry overcame, are over by that.
 */
export function repeatedError(text: string): RepeatedError | undefined {
  const lines = text.split("\n").filter((line) => line.trim() !== "" && !/^\s/.test(line));
  const positions = Map.groupBy(
    [...lines.keys()].filter((position) => tellsFailure(lines[position] ?? "")),
    (position) => templateOf(lines[position] ?? ""),
  );
  const [top] = [...positions]
    .filter(([, at]) => at.length >= MIN_COUNT && goesOn(at, lines.length))
    .sort(([a, one], [b, other]) => other.length - one.length || (a < b ? -1 : 1));
  if (top === undefined) return undefined;
  const [template, at] = top;
  return { line: (lines[at.at(-1) ?? 0] ?? "").trim(), template, count: at.length, of: lines.length };
}

function tellsFailure(line: string): boolean {
  if (LOWER_LEVEL.test(line)) return false;
  const said = line.replace(NOTHING, "");
  const words = said.replace(FIELD, "").replace(WORD, "");
  const marked = words !== said || isException(said);
  const overcome = RETRY.test(said) && !GIVEN_UP.test(said);
  return marked && !overcome && (isException(said) || [FAILURE, ERRNO].some((sign) => sign.test(words)));
}

/** The silence since the last one is shorter than one between two of them, or there is none. */
function goesOn(at: readonly number[], length: number): boolean {
  const gaps = at.slice(1).map((position, index) => position - (at[index] ?? position));
  const since = length - 1 - (at.at(-1) ?? 0);
  return since === 0 || since < Math.max(...gaps);
}
