import { enableCompileCache } from "node:module";
import { runProcess } from "@sre-agent/frame";
import type { Command } from "./command.ts";
import { type CommandTable, dispatch } from "./dispatch.ts";
import { processEnvironment } from "./environment.ts";
import { createTerminal } from "./terminal/terminal.ts";

const load = (module: Promise<{ readonly command: Command }>) => module.then(({ command }) => command);

/** Every command; each is loaded only when it is called. */
const COMMANDS: CommandTable = {
  diagnose: {
    summary: "Name what is wrong in a namespace, with evidence.",
    load: () => load(import("./commands/diagnose.ts")),
  },
  demo: { summary: "Watch an incident become a verified fix.", load: () => load(import("./commands/demo.ts")) },
  approve: { summary: "Approve a recorded change.", load: () => load(import("./commands/approve.ts")) },
  reject: { summary: "Reject a recorded change.", load: () => load(import("./commands/reject.ts")) },
  transcript: {
    summary: "Read what an investigation did, step by step.",
    load: () => load(import("./commands/transcript.ts")),
  },
  crds: {
    summary: "Install or print the custom resource definitions.",
    load: () => load(import("./commands/crds.ts")),
  },
  mcp: { summary: "Serve the tools over MCP, on stdio or HTTP.", load: () => load(import("./commands/mcp.ts")) },
  agent: { summary: "Run the agent service.", load: () => load(import("./commands/agent.ts")) },
  operator: { summary: "Run the operator.", load: () => load(import("./commands/operator.ts")) },
  version: { summary: "Print the version.", load: () => load(import("./commands/version.ts")) },
};

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
