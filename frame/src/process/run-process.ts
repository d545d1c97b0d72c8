import { CLOSED_OUTPUT_EXIT_CODE, type OutputOptions, onClosedOutput } from "./closed-output.ts";
import { onSignals, type SignalOptions, STOP_DEADLINE_MS } from "./signals.ts";
import { UserError } from "./user-error.ts";

export interface RunProcessOptions extends SignalOptions, OutputOptions {
  /** Whether stacks are printed (LOG_LEVEL=debug). */
  readonly debug: boolean;
  /** Takes the sentence for a failure; standard error when not given. */
  readonly print?: (text: string) => void;
}

const MAX_CAUSES = 8;

/** The causes of `error`, each a line; what was told already is not told again. */
function causes(error: unknown, told: string, depth = 0): string {
  if (!(error instanceof Error && error.cause instanceof Error) || depth >= MAX_CAUSES) return "";
  const { cause } = error;
  const message = cause.message.trim();
  const own = told.includes(message) ? "" : `\n  because: ${message}`;
  return own + causes(cause, told + own, depth + 1);
}

/** What a person is told: the message, its causes and the next step; the stack only when `debug`. */
export function explain(error: unknown, options: { readonly debug: boolean }): string {
  if (options.debug && error instanceof Error) {
    const next = error instanceof UserError && error.nextStep !== undefined ? `\n${error.nextStep}` : "";
    return `${error.stack ?? error.message}${causes(error, error.message)}${next}`;
  }
  if (error instanceof UserError) {
    return [
      `${error.message}${causes(error, error.message)}`,
      ...(error.nextStep === undefined ? [] : [error.nextStep]),
    ].join("\n");
  }
  const message = error instanceof Error ? error.message : String(error);
  return `Unexpected failure: ${message}${causes(error, message)}\nSet LOG_LEVEL=debug to see where.`;
}

/** Rejects when the deadline after a stop request has passed; never resolves. */
function overdue(deadline: Promise<AbortSignal>): Promise<never> {
  return new Promise((_, reject) => {
    void deadline.then((signal) => {
      const late = new UserError("The process did not stop in time and was ended.", { exitCode: 1 });
      signal.addEventListener("abort", () => reject(late), { once: true });
    });
  });
}

/**
 * Runs `main` until it returns its exit code (nothing = 0). SIGINT, SIGTERM and a closed standard output abort the signal
 * it gets; if it is not done by the deadline, or throws, the failure is printed and its code returned. Whoever closed the
 * output has read enough: then nothing is printed. The caller exits with the answer.
 */
export async function runProcess(
  main: (signal: AbortSignal) => Promise<number | undefined>,
  options: RunProcessOptions,
): Promise<number> {
  const print = options.print ?? ((text: string) => void process.stderr.write(`${text}\n`));
  const stopping = new AbortController();
  const { promise: deadline, resolve } = Promise.withResolvers<AbortSignal>();
  const release = onSignals((signal) => {
    resolve(signal);
    stopping.abort(new UserError("Stopped by a signal.", { exitCode: 130 }));
  }, options);
  let lost: UserError | undefined;
  onClosedOutput((reason) => {
    if (reason.exitCode !== CLOSED_OUTPUT_EXIT_CODE) lost = reason;
    resolve(AbortSignal.timeout(options.deadlineMs ?? STOP_DEADLINE_MS));
    stopping.abort(reason);
  }, options);
  try {
    const exitCode = await Promise.race([main(stopping.signal), overdue(deadline)]);
    // That the last write failed is told after it.
    await new Promise(setImmediate);
    if (lost !== undefined) throw lost;
    return exitCode ?? 0;
  } catch (error) {
    const exitCode = error instanceof UserError ? error.exitCode : 1;
    if (exitCode !== CLOSED_OUTPUT_EXIT_CODE) print(explain(error, options));
    return exitCode;
  } finally {
    release();
  }
}
