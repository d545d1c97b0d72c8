import { parseArgs } from "node:util";
import { type Environment, UserError } from "@sre-agent/frame";
import { suggestion } from "./suggestion.ts";
import type { Terminal } from "./terminal/terminal.ts";

export interface Option {
  readonly type: "string" | "boolean";
  readonly short?: string;
  /** Name of the value in the help: `NAMESPACE`. */
  readonly value?: string;
  readonly description: string;
  /** Legal values; another one is refused by name. */
  readonly choices?: readonly string[];
  /** Beside the choices a path is legal too. */
  readonly orFile?: true;
  /** Most characters of a free text; longer ones are refused. */
  readonly maxLength?: number;
  /** Options that it leaves without a meaning; both together are refused. */
  readonly without?: readonly string[];
}

interface Positional {
  readonly name: string;
  readonly required: boolean;
  readonly choices?: readonly string[];
}

/** What a command is given: parsed arguments, and the process's surroundings as arguments. */
export interface Invocation {
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
  readonly positionals: readonly string[];
  readonly environment: Environment;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly description?: string;
  readonly positionals: readonly Positional[];
  readonly options: Readonly<Record<string, Option>>;
  /** Command lines without the program's name, each with what it does. */
  readonly examples: readonly (readonly [command: string, does: string])[];
  /** Exit codes beside 0 (done), 1 (failed) and 2 (wrong arguments). */
  readonly exitCodes?: Readonly<Record<number, string>>;
  /** Answers with the exit code. */
  run(invocation: Invocation): Promise<number>;
}

export const USAGE_EXIT_CODE = 2;

const HELP: Option = { type: "boolean", short: "h", description: "Show this help." };

function usageError(message: string, command: Command): UserError {
  return new UserError(message, { exitCode: USAGE_EXIT_CODE, nextStep: `See: sre-agent ${command.name} --help` });
}

/** Arguments of `command`, or undefined when help is wanted. @throws UserError that names what is wrong. */
export function parseCommand(
  command: Command,
  args: readonly string[],
): Pick<Invocation, "options" | "positionals"> | undefined {
  const { values, positionals } = parseStrictly(command, args);
  if (values["help"] === true) return undefined;
  checkOptions(command, values);
  checkPositionals(command, positionals);
  return { options: values, positionals };
}

type Values = Record<string, string | boolean | undefined>;

function parseStrictly(command: Command, args: readonly string[]): { values: Values; positionals: string[] } {
  const options = Object.fromEntries(
    Object.entries({ ...command.options, help: HELP }).map(([name, { type, short }]) => [
      name,
      short === undefined ? { type } : { type, short },
    ]),
  );
  try {
    const parsed = parseArgs({ args: [...args], options, strict: true, allowPositionals: true });
    return { values: parsed.values as Values, positionals: parsed.positionals };
  } catch (error) {
    throw usageError(argumentFault(error, command), command);
  }
}

function argumentFault(error: unknown, command: Command): string {
  const { code, message } = error as { readonly code?: string; readonly message: string };
  if (code === "ERR_PARSE_ARGS_INVALID_OPTION_VALUE") return valueFault(message, command);
  if (code !== "ERR_PARSE_ARGS_UNKNOWN_OPTION") return `${message.split(". ")[0]}.`;
  const unknown = /'([^']+)'/.exec(message)?.[1] ?? "";
  const legal = Object.keys({ ...command.options, help: HELP }).map((name) => `--${name}`);
  return `Unknown option ${unknown}.${suggestion(unknown, legal)} Legal: ${legal.join(", ")}.`;
}

/** A value is missing, or there is one where none belongs. */
function valueFault(message: string, { options }: Command): string {
  const flag = /--[\w-]+/.exec(message)?.[0] ?? "";
  const option = options[flag.slice(2)];
  if (option?.type !== "string") return `${flag} takes no value.`;
  const value = option.value ?? "VALUE";
  return `${flag} needs a value: ${flag} ${value}; one that begins with a dash is written ${flag}=${value}.`;
}

function checkOptions(command: Command, values: Values): void {
  for (const [name, option] of Object.entries(command.options)) {
    const value = values[name];
    const fault = typeof value === "string" ? optionFault(`--${name}`, value, option) : undefined;
    if (fault !== undefined) throw usageError(fault, command);
    const other = value === undefined ? undefined : option.without?.find((each) => values[each] !== undefined);
    if (other !== undefined) throw usageError(`--${name} and --${other} exclude each other.`, command);
  }
}

function optionFault(flag: string, value: string, { choices, orFile, maxLength }: Option): string | undefined {
  if (value === "") return isEmpty(flag);
  if (maxLength !== undefined && value.length > maxLength) {
    return `${flag} has ${value.length} characters: ${maxLength} is the most.`;
  }
  const isLegal = choices === undefined || choices.includes(value) || (orFile && PATH.test(value));
  return isLegal ? undefined : wrongChoice(flag, value, choices);
}

/** Mostly a shell variable that is not set: what an empty value would mean, nobody asked for. */
const isEmpty = (name: string) => `${name} is empty.`;

/** What has a folder or an ending: a name with a slip in it is told as such. */
const PATH = /[/.]/;

function wrongChoice(name: string, value: string, choices: readonly string[]): string {
  return `${name} cannot be "${value}".${suggestion(value, choices)} Legal: ${choices.join(", ")}.`;
}

function checkPositionals(command: Command, positionals: readonly string[]): void {
  const extra = positionals[command.positionals.length];
  if (extra !== undefined) throw usageError(`Unexpected argument "${extra}".`, command);
  command.positionals.forEach(({ name, required, choices }, index) => {
    const value = positionals[index];
    if (value === undefined && required) throw usageError(missing(name, choices), command);
    if (value === "") throw usageError(isEmpty(name), command);
    if (value === undefined || choices === undefined || choices.includes(value)) return;
    throw usageError(wrongChoice(name, value, choices), command);
  });
}

function missing(name: string, choices: readonly string[] = []): string {
  return `${name} is missing.${choices.length === 0 ? "" : ` Legal: ${choices.join(", ")}.`}`;
}

/** The text of `--help`. */
export function helpOf(command: Command): string {
  const positionals = command.positionals.map(({ name, required }) => (required ? ` ${name}` : ` [${name}]`)).join("");
  const choices = command.positionals.flatMap(({ name, choices: legal }) =>
    legal === undefined ? [] : [`  ${name.padEnd(30)} One of ${legal.join(", ")}.`],
  );
  const options = Object.entries({ ...command.options, help: HELP }).map(optionLine);
  const exits = Object.entries(command.exitCodes ?? {}).map(([code, meaning]) => `  ${code}  ${meaning}`);
  return [
    `${command.summary}`,
    ...(command.description === undefined ? [] : ["", command.description]),
    "",
    `Usage: sre-agent ${command.name}${positionals} [options]`,
    ...(choices.length === 0 ? [] : ["", "Arguments:", ...choices]),
    "",
    "Options:",
    ...options,
    ...(exits.length === 0 ? [] : ["", "Exit codes (beside 0 done, 1 failed, 2 wrong arguments):", ...exits]),
    "",
    "Examples:",
    ...command.examples.flatMap(([line, does]) => [`  # ${does}`, `  sre-agent ${line}`]),
    "",
  ].join("\n");
}

function optionLine([name, option]: readonly [string, Option]): string {
  const short = option.short === undefined ? "    " : `-${option.short}, `;
  const value = option.type === "string" ? ` ${option.value ?? "VALUE"}` : "";
  const choices = option.choices === undefined ? "" : ` One of ${option.choices.join(", ")}.`;
  return `  ${`${short}--${name}${value}`.padEnd(30)} ${option.description}${choices}`;
}

/** The text value of an option, or undefined. */
export function textOption(invocation: Invocation, name: string): string | undefined {
  const value = invocation.options[name];
  return typeof value === "string" ? value : undefined;
}
