import { styleText } from "node:util";

/** Where a command prints: results to `out`, progress and errors to `err`; colours only on a terminal. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  readonly style: Style;
  /** Whether a person sits there: questions may be asked, lines may be redrawn. */
  readonly interactive: boolean;
}

type Format = Parameters<typeof styleText>[0];
export type Style = (format: Format, text: string) => string;

interface Stream {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

export interface TerminalOptions {
  readonly stdout: Stream;
  readonly stderr: Stream;
  /** NO_COLOR is set and not empty. */
  readonly noColor: boolean;
}

export function createTerminal({ stdout, stderr, noColor }: TerminalOptions): Terminal {
  const coloured = stdout.isTTY === true && !noColor;
  return {
    out: (text) => void stdout.write(`${text}\n`),
    err: (text) => void stderr.write(`${text}\n`),
    style: (format, text) => (coloured ? styleText(format, text, { validateStream: false }) : text),
    interactive: stdout.isTTY === true && stderr.isTTY === true,
  };
}
