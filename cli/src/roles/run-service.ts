import { enableCompileCache } from "node:module";
import { runProcess } from "@sre-agent/frame";
import type { Invocation } from "../command.ts";
import { processEnvironment } from "../environment.ts";
import { createTerminal } from "../terminal/terminal.ts";

/**
 * Entry of an image: no arguments, settings from the environment, exit code for the kubelet.
 * @param serve loads what it needs itself: what is imported from here on is compiled once and read from disk afterwards.
 */
export async function runService(serve: (invocation: Invocation) => Promise<void>): Promise<void> {
  enableCompileCache();
  const environment = processEnvironment();
  const terminal = createTerminal({ stdout: process.stdout, stderr: process.stderr, noColor: true });
  process.exitCode = await runProcess(
    async (signal) => {
      await serve({ options: {}, positionals: [], environment, terminal, signal });
      return 0;
    },
    { debug: environment["LOG_LEVEL"] === "debug" },
  );
}
