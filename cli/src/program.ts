import { runProcess } from "@sre-agent/frame";
import { COMMANDS } from "./command-table.ts";
import { dispatch } from "./dispatch.ts";
import { processEnvironment } from "./environment.ts";
import { createTerminal } from "./terminal/terminal.ts";

/** The command that the process's arguments name. Answers with the exit code. */
export async function runProgram(): Promise<number> {
  const environment = processEnvironment();
  const terminal = createTerminal({
    stdout: process.stdout,
    stderr: process.stderr,
    noColor: (environment["NO_COLOR"] ?? "") !== "",
  });
  return runProcess((signal) => dispatch(COMMANDS, { args: process.argv.slice(2), environment, terminal, signal }), {
    debug: environment["LOG_LEVEL"] === "debug",
  });
}
