import { styleText } from "node:util";

/** Where a command prints: results to `out`, progress and errors to `err`; colours only on a terminal. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** One line that the next output replaces, so that a person sees that something goes on; nothing off a terminal. */
  progress(text: string): void;
  readonly style: Style;
  /** Whether a person sits there: questions may be asked, lines may be redrawn. */
  readonly interactive: boolean;
  /** Columns to wrap prose at; infinite off a terminal, where lines are for programs. */
  readonly width: number;
}

type Format = Parameters<typeof styleText>[0];
export type Style = (format: Format, text: string) => string;

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface TerminalOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** NO_COLOR is set and not empty. */
  readonly noColor: boolean;
}

const COLUMNS = { usual: 100, least: 40 } as const;
const CLEAR_LINE = "\r\u001b[2K";

export function createTerminal({ stdout, stderr, noColor }: TerminalOptions): Terminal {
  const coloured = stdout.isTTY === true && !noColor;
  const width = Math.max(COLUMNS.least, Math.min(COLUMNS.usual, stdout.columns ?? COLUMNS.usual));
  let pending = false;
  const print = (stream: Stream, text: string) => {
    if (pending) stderr.write(CLEAR_LINE);
    pending = false;
    stream.write(`${text}\n`);
  };
  return {
    out: (text) => print(stdout, text),
    err: (text) => print(stderr, text),
    progress(text) {
      if (stderr.isTTY !== true) return;
      stderr.write(`${CLEAR_LINE}${text.slice(0, width - 1)}`);
      pending = true;
    },
    style: (format, text) => (coloured ? styleText(format, text, { validateStream: false }) : text),
    interactive: stdout.isTTY === true && stderr.isTTY === true,
    width: stdout.isTTY === true ? width : Number.POSITIVE_INFINITY,
  };
}
