import { enableCompileCache } from "node:module";
import { runProcess } from "@sre-agent/frame";
import { COMMANDS } from "./command-table.ts";
import { dispatch } from "./dispatch.ts";
import { processEnvironment } from "./environment.ts";
import { createTerminal } from "./terminal/terminal.ts";

// What was compiled once is read from disk at the next start.
enableCompileCache();

const environment = processEnvironment();
const terminal = createTerminal({
  stdout: process.stdout,
  stderr: process.stderr,
  noColor: (environment["NO_COLOR"] ?? "") !== "",
});

process.exitCode = await runProcess(
  (signal) => dispatch(COMMANDS, { args: process.argv.slice(2), environment, terminal, signal }),
  { debug: environment["LOG_LEVEL"] === "debug" },
);
