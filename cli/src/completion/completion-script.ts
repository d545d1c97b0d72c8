import type { Command, Option } from "../command.ts";

export const SHELLS = ["bash", "zsh", "fish"] as const;
export type Shell = (typeof SHELLS)[number];

/** A shell's completion of all commands. Nothing in it comes from outside this program. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  if (shell === "fish") return fishScript(commands);
  const script = bashScript(commands);
  return shell === "bash" ? script : `#compdef sre-agent\nautoload -U +X bashcompinit && bashcompinit\n${script}`;
}

const NAMESPACES = "kubectl get namespaces -o name --request-timeout=2s 2>/dev/null | cut -d/ -f2";

const flagsOf = ({ options }: Command) => ["--help", ...Object.keys(options).map((name) => `--${name}`)];

const choicesOf = ({ positionals }: Command) => [...new Set(positionals.flatMap(({ choices = [] }) => choices))];

/** `policy:2) words="show set off" ;;`: the values of each argument, by its place on the command line. */
function argumentCases({ name, positionals }: Command): readonly string[] {
  return positionals.flatMap(({ choices }, index) =>
    choices === undefined ? [] : [`        ${name}:${index + 2}) words="${choices.join(" ")}" ;;`],
  );
}

/** One `case` for the word before the cursor, one for the command. */
function bashScript(commands: readonly Command[]): string {
  const names = commands.map(({ name }) => name).join(" ");
  const values = commands.flatMap((command) =>
    Object.entries(command.options)
      .filter(([, { choices }]) => choices !== undefined)
      .map(
        ([name, option]) =>
          `    ${command.name}:${spellings(name, option, command.name)}) words="${option.choices?.join(" ")}" ;;`,
      ),
  );
  return [
    "_sre_agent() {",
    '  local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}" words=""',
    '  if [ "$COMP_CWORD" -eq 1 ]; then',
    `    COMPREPLY=($(compgen -W "${names}" -- "$current"))`,
    "    return",
    "  fi",
    '  case "$command:$previous" in',
    ...values,
    `    *:-n|*:--namespace) words="$(${NAMESPACES})" ;;`,
    ...filesOf(commands).map((spelling) => `    ${spelling}) COMPREPLY=($(compgen -f -- "$current")); return ;;`),
    "    *)",
    '      case "$command:$COMP_CWORD" in',
    ...commands.flatMap(argumentCases),
    "      esac",
    '      case "$command" in',
    ...commands.map((command) => `        ${command.name}) words="$words ${flagsOf(command).join(" ")}" ;;`),
    "      esac ;;",
    "  esac",
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    "}",
    "complete -F _sre_agent sre-agent",
  ].join("\n");
}

/** `--output|diagnose:-o`: every way to write an option, as patterns of one `case`. */
function spellings(name: string, { short }: Option, command: string): string {
  return short === undefined ? `--${name}` : `--${name}|${command}:-${short}`;
}

function filesOf(commands: readonly Command[]): readonly string[] {
  return commands.flatMap((command) =>
    Object.entries(command.options)
      .filter(([, { value }]) => value === "FILE")
      .map(([name, option]) => `${command.name}:${spellings(name, option, command.name)}`),
  );
}

function fishScript(commands: readonly Command[]): string {
  return [
    "complete -c sre-agent -f",
    ...commands.map(
      ({ name, summary }) => `complete -c sre-agent -n __fish_use_subcommand -a ${name} -d ${fishText(summary)}`,
    ),
    ...commands.flatMap((command) => {
      const seen = `-n '__fish_seen_subcommand_from ${command.name}'`;
      const choices = choicesOf(command);
      return [
        ...(choices.length === 0 ? [] : [`complete -c sre-agent ${seen} -a '${choices.join(" ")}'`]),
        ...Object.entries(command.options).map(
          ([name, option]) => `complete -c sre-agent ${seen} ${fishOption(name, option)}`,
        ),
      ];
    }),
  ].join("\n");
}

function fishOption(name: string, { short, type, value, choices, description }: Option): string {
  const letter = short === undefined ? "" : ` -s ${short}`;
  return `-l ${name}${letter}${fishValue({ type, value, choices })} -d ${fishText(description)}`;
}

function fishValue({
  type,
  value,
  choices,
}: Pick<Option, "type"> & { value: string | undefined; choices: Option["choices"] | undefined }): string {
  if (type === "boolean") return "";
  if (choices !== undefined) return ` -x -a '${choices.join(" ")}'`;
  if (value === "NAMESPACE") return ` -x -a '(${NAMESPACES})'`;
  return value === "FILE" ? " -r -F" : " -x";
}

const fishText = (text: string) => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
