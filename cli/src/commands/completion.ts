import type { Command } from "../command.ts";
import { completionScript, SHELLS, type Shell } from "../completion/completion-script.ts";
import type { CommandTable } from "../dispatch.ts";

/** Over the commands of the whole table, of which it is one itself. */
export const completionOf = (commands: CommandTable): Command => ({
  name: "completion",
  summary: "Print the completion script of a shell.",
  description: "Commands, options and their legal values; namespaces after -n, through kubectl where it is there.",
  positionals: [{ name: "SHELL", required: true, choices: SHELLS }],
  options: {},
  examples: [
    ["completion bash > ~/.local/share/bash-completion/completions/sre-agent", "for bash"],
    ["completion zsh > ~/.zfunc/_sre-agent", "for zsh, with ~/.zfunc in fpath"],
    ["completion fish > ~/.config/fish/completions/sre-agent.fish", "for fish"],
  ],
  async run({ positionals, terminal }) {
    const loaded = await Promise.all(Object.values(commands).map((entry) => entry.load()));
    terminal.out(completionScript(positionals[0] as Shell, loaded));
    return 0;
  },
});
