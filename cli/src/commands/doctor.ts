import type { Command } from "../command.ts";
import { CLUSTER_OPTIONS } from "../compose/cluster.ts";
import { NAMESPACE_OPTION, OUTPUT_OPTION } from "../compose/options.ts";
import type { Check } from "../doctor/check.ts";
import { examine } from "../doctor/examine.ts";
import { newScrub, scrubbed } from "../terminal/scrub.ts";
import type { Style } from "../terminal/terminal.ts";

export const command: Command = {
  name: "doctor",
  summary: "Check kubeconfig, rights, installation, metrics and model, and say what to do.",
  description: "Reads and asks; changes nothing. Every line is ok, warn or fail.",
  positionals: [],
  options: {
    namespace: { ...NAMESPACE_OPTION, description: "Where the rights are looked at; default the context's." },
    model: { type: "boolean", description: "Ask the deployment too: at most four small requests." },
    output: OUTPUT_OPTION,
    ...CLUSTER_OPTIONS,
  },
  exitCodes: { 1: "something has to be repaired" },
  examples: [
    ["doctor", "is everything in place"],
    ["doctor --model -n shop", "with the model, and the rights in namespace shop"],
    ["doctor -o json", "for programs"],
  ],
  async run(invocation) {
    const { terminal, options } = invocation;
    terminal.progress("Looking …");
    const checks = scrubbed(await examine(invocation), newScrub());
    // What failed because it was interrupted has to be repaired by nobody.
    invocation.signal.throwIfAborted();
    if (options["output"] === "json") terminal.out(JSON.stringify(checks, null, 2));
    else terminal.out(checks.map((check) => checkView(check, terminal.style)).join("\n"));
    const failed = checks.filter(({ status }) => status === "fail").length;
    terminal.err(failed === 0 ? "Nothing has to be repaired." : `${failed} of ${checks.length} checks failed.`);
    return failed === 0 ? 0 : 1;
  },
};

const COLOURS = { ok: "green", warn: "yellow", fail: "red" } as const;
const NAME_WIDTH = 22;

function checkView({ name, status, found, change }: Check, style: Style): string {
  const line = `${style(COLOURS[status], status.padEnd(5))} ${name.padEnd(NAME_WIDTH)} ${found}`;
  return change === undefined ? line : `${line}\n${" ".repeat(6 + NAME_WIDTH)} ${style("bold", "→")} ${change}`;
}
