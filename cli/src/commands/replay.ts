import { diagnoseIncident } from "@sre-agent/mcp-server/incident";
import type { Command } from "../command.ts";
import { loadIncident } from "../compose/incident-file.ts";
import { EXIT_CODE_OPTION, OUTPUT_OPTION } from "../compose/options.ts";
import { FOUND_EXIT_CODE, printDiagnosis } from "../terminal/diagnosis-view.ts";

export const command: Command = {
  name: "replay",
  summary: "Diagnose an incident file, without a cluster.",
  description: "The same findings as on the cluster at the moment of the capture.",
  positionals: [{ name: "FILE", required: true }],
  options: { output: OUTPUT_OPTION, "exit-code": EXIT_CODE_OPTION },
  exitCodes: { [FOUND_EXIT_CODE]: "with --exit-code: something above info was found" },
  examples: [
    ["replay shop.incident", "what was wrong"],
    ["replay shop.incident -o json", "for programs"],
    ["replay /dev/stdin < <(gunzip -c shop.incident.gz)", "one that was packed"],
  ],
  async run({ positionals, options, terminal }) {
    const incident = await loadIncident(positionals[0] ?? "");
    const { namespaces, now, writer } = incident.header;
    terminal.err(`${namespaces.join(", ")} at ${now}, written by sre-agent ${writer}.`);
    return printDiagnosis(terminal, diagnoseIncident(incident), {
      json: options["output"] === "json",
      exitCode: options["exit-code"] === true,
    });
  },
};
