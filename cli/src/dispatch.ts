import { type Environment, UserError } from "@sre-agent/frame";
import { isKubeError, type KubeError, type KubeErrorCode } from "@sre-agent/kube";
import { type Command, helpOf, parseCommand, USAGE_EXIT_CODE } from "./command.ts";
import { suggestion } from "./suggestion.ts";
import type { Terminal } from "./terminal/terminal.ts";

/** Commands by name; the summary stands here so that help loads none of them. */
export type CommandTable = Readonly<Record<string, { readonly summary: string; load(): Promise<Command> }>>;

export interface DispatchOptions {
  readonly args: readonly string[];
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** Runs the command that `args` name and answers with its exit code. @throws UserError for a person to read. */
export async function dispatch(commands: CommandTable, options: DispatchOptions): Promise<number> {
  const [name, ...args] = options.args[0] === "help" ? [...options.args.slice(1), "--help"] : options.args;
  if (name === undefined || name === "--help" || name === "-h") {
    options.terminal.out(overview(commands));
    return name === undefined ? USAGE_EXIT_CODE : 0;
  }
  const entry = commands[name === "--version" ? "version" : name];
  if (entry === undefined) throw unknownCommand(name, commands);
  const command = await entry.load();
  const parsed = parseCommand(command, args);
  if (parsed === undefined) {
    options.terminal.out(helpOf(command));
    return 0;
  }
  const { environment, terminal, signal } = options;
  return command.run({ ...parsed, environment, terminal, signal }).catch((error: unknown) => {
    // Whatever the interruption made fail on its way: the interruption is what happened.
    throw signal.aborted ? signal.reason : forPerson(error);
  });
}

function unknownCommand(name: string, commands: CommandTable): UserError {
  const legal = Object.keys(commands);
  return new UserError(`Unknown command "${name}".${suggestion(name, legal)} Legal: ${legal.join(", ")}.`, {
    exitCode: USAGE_EXIT_CODE,
    nextStep: "See: sre-agent --help",
  });
}

function overview(commands: CommandTable): string {
  const width = Math.max(...Object.keys(commands).map((name) => name.length));
  return [
    "sre-agent: names the root cause of a Kubernetes incident with evidence, and fixes it behind guards.",
    "",
    "Usage: sre-agent COMMAND [options]",
    "",
    ...Object.entries(commands).map(([name, { summary }]) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "Help of one command: sre-agent COMMAND --help",
    "",
  ].join("\n");
}

/** What to do about each failure of a cluster call. */
const NEXT_STEPS: Partial<Record<KubeErrorCode, string>> = {
  NO_KUBECONFIG: "Choose one with --kubeconfig FILE and --context NAME, or KUBECONFIG.",
  UNREACHABLE: "Check the server's address in the kubeconfig and that the API server runs.",
  TIMEOUT: "The API server is slow or overloaded; try again.",
  UNAUTHORIZED: "Log in again: the credential of the kubeconfig is not accepted.",
  NOT_FOUND: "Look for the right name and namespace; the context decides the cluster.",
  FORBIDDEN: "Ask for the right, or use another context: --context NAME.",
  UNKNOWN_KIND: "If it is one of sre-agent's own kinds, install them: sre-agent crds apply",
};

/** What a person can do about a failed call of the cluster. */
export function nextStepOf({ nextStep, code }: KubeError): string | undefined {
  return nextStep ?? NEXT_STEPS[code];
}

function forPerson(error: unknown): unknown {
  if (!isKubeError(error)) return error;
  const nextStep = nextStepOf(error);
  return new UserError(error.message, { cause: error.cause, ...(nextStep === undefined ? {} : { nextStep }) });
}
