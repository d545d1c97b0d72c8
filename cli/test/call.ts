import { explain, UserError } from "@sre-agent/frame";
import { COMMANDS } from "../src/command-table.ts";
import { dispatch } from "../src/dispatch.ts";
import { createTerminal } from "../src/terminal/terminal.ts";
import type { Finished } from "./run-cli.ts";

/** The program inside this process, as a person sees it: what it printed, and its exit code. */
export async function call(
  args: readonly string[],
  environment: Record<string, string> = {},
  signal: AbortSignal = new AbortController().signal,
): Promise<Finished> {
  const printed = { stdout: "", stderr: "" };
  const into = (stream: "stdout" | "stderr") => ({
    write(text: string) {
      printed[stream] += text;
    },
  });
  const terminal = createTerminal({ stdout: into("stdout"), stderr: into("stderr"), noColor: true });
  try {
    const code = await dispatch(COMMANDS, { args, environment, terminal, signal });
    return { code, ...printed };
  } catch (error) {
    const stderr = `${printed.stderr}${explain(error, { debug: false })}\n`;
    return { code: error instanceof UserError ? error.exitCode : 1, stdout: printed.stdout, stderr };
  }
}
