import type { Command } from "./command.ts";
import type { CommandTable } from "./dispatch.ts";

const load = (module: Promise<{ readonly command: Command }>) => module.then(({ command }) => command);

/** Every command; each is loaded only when it is called. */
export const COMMANDS: CommandTable = {
  diagnose: {
    summary: "Name what is wrong in a namespace, with evidence.",
    load: () => load(import("./commands/diagnose.ts")),
  },
  investigate: {
    summary: "Let the agent look into a workload or a namespace, live.",
    load: () => load(import("./commands/investigate.ts")),
  },
  capture: {
    summary: "Write a namespace, redacted, into an incident file.",
    load: () => load(import("./commands/capture.ts")),
  },
  replay: {
    summary: "Diagnose an incident file, without a cluster.",
    load: () => load(import("./commands/replay.ts")),
  },
  demo: { summary: "Watch an incident become a verified fix.", load: () => load(import("./commands/demo.ts")) },
  approve: { summary: "Approve a recorded change.", load: () => load(import("./commands/approve.ts")) },
  undo: { summary: "Propose that an ended change be taken back.", load: () => load(import("./commands/undo.ts")) },
  policy: {
    summary: "Show or set how far sre-agent may go; off is the kill switch.",
    load: () => load(import("./commands/policy.ts")),
  },
  reject: { summary: "Reject a recorded change.", load: () => load(import("./commands/reject.ts")) },
  transcript: {
    summary: "Read what an investigation did, step by step.",
    load: () => load(import("./commands/transcript.ts")),
  },
  doctor: {
    summary: "Check kubeconfig, rights, installation, metrics and model.",
    load: () => load(import("./commands/doctor.ts")),
  },
  completion: {
    summary: "Print the completion script of a shell.",
    load: async () => (await import("./commands/completion.ts")).completionOf(COMMANDS),
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
