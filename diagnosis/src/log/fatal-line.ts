/** Phrases that say that all is well although they hold an alarming word. */
const BENIGN =
  /\b(?:0|no|zero|without(?: any)?) (?:fatal |critical )?(?:errors?|failures?|exceptions?|warnings?)\b|\b(?:errors?|failures?|failed|exceptions?|fatal)["']?\s*[:=]?\s*["']?(?:0|none|null|nil|false|\[\]|"")(?![\w.])["']?/gi;

const FATAL =
  /\b(?:fatal|panic|emerg|crit|critical|uncaught|unhandled|segmentation fault|segfault|out of memory|cannot allocate memory|exec format error|core dumped|aborting)\b/i;

/** The name of an exception at the start of a line: the last line of a stack trace in Python, the first in Java and Node. */
const EXCEPTION =
  /^\s*(?:Caused by: |Exception in thread "[^"]*" )?(?:[A-Za-z_$][\w$]*\.)*[A-Z]\w*(?:Error|Exception)\b(?::|$)/;

const ERROR =
  /\b(?:error|err|failed|failure|exception|traceback|cannot|could not|unable to|denied|refused|no such|not found|not set|not permitted|missing|invalid|read-only file system|already in use|required)\b/i;

/** 3 the process died of it, 2 an exception, 1 an error, 0 nothing of the kind. */
export function alarmOf(line: string): 0 | 1 | 2 | 3 {
  const text = line.replace(BENIGN, "");
  if (FATAL.test(text)) return 3;
  if (EXCEPTION.test(text)) return 2;
  return ERROR.test(text) ? 1 : 0;
}

/** Whether a line starts with the name of an exception. */
export function isException(line: string): boolean {
  return EXCEPTION.test(line);
}

export interface LogLine {
  readonly text: string;
  /** From 0. */
  readonly position: number;
}

/**
 * The first line with which the process says why it died: the most alarming kind there is (fatal, exception, error).
 * Undefined when no line is alarming.
 */
export function fatalLine(text: string): LogLine | undefined {
  let best: LogLine | undefined;
  let bestAlarm = 0;
  for (const [position, line] of text.split("\n").entries()) {
    const alarm = alarmOf(line);
    if (alarm <= bestAlarm) continue;
    best = { text: line.trim(), position };
    bestAlarm = alarm;
  }
  return best;
}

/** What to quote of a process that ended: its fatal line, else its last line that is not empty. */
export function lastWords(text: string): string | undefined {
  const fatal = fatalLine(text)?.text;
  return (fatal ?? text.trimEnd().split("\n").at(-1)?.trim()) || undefined;
}
