import { UserError } from "./user-error.ts";

/** The part of a stream that this needs; an EventEmitter in tests. */
interface OutputStream {
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface OutputOptions {
  readonly stdout?: OutputStream;
  readonly stderr?: OutputStream;
}

/** As the shell counts a program that SIGPIPE ends: 128 + 13. */
export const CLOSED_OUTPUT_EXIT_CODE = 141;

/**
 * Calls `stop` when standard output takes nothing any more: `sre-agent … | head` closes the pipe after its lines. What
 * standard error does not take is lost; there is nobody to tell. The listeners stay, since a write may also fail after
 * the last one was made, and without a listener it would be an uncaught exception.
 */
export function onClosedOutput(stop: (reason: UserError) => void, options: OutputOptions = {}): void {
  const { stdout = process.stdout, stderr = process.stderr } = options;
  stderr.on("error", () => undefined);
  stdout.on("error", (error) => {
    const closed = "code" in error && error.code === "EPIPE";
    stop(
      new UserError("Standard output cannot be written.", {
        cause: error,
        nextStep: "What was printed is not whole: check the disk, or the program, that it goes to.",
        exitCode: closed ? CLOSED_OUTPUT_EXIT_CODE : 1,
      }),
    );
  });
}
