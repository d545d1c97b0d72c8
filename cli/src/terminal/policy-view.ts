import type { SrePolicy } from "@sre-agent/crds";
import type { NamespaceMode } from "../compose/policy.ts";
import { table } from "./table.ts";
import type { Terminal } from "./terminal.ts";

const MAX_ROWS = 200;

/** The ceiling in words, then what it comes to in each namespace; those with more than observe first. */
export function policyView(
  policy: SrePolicy | undefined,
  namespaces: readonly NamespaceMode[],
  { style }: Pick<Terminal, "style">,
): string {
  const isQuiet = ({ mode }: NamespaceMode) => mode === "observe" || mode === "off";
  const ordered = [...namespaces.filter((each) => !isQuiet(each)), ...namespaces.filter(isQuiet)];
  const left = ordered.length - MAX_ROWS;
  return [
    ...(policy === undefined
      ? [style("yellow", "There is no SrePolicy: nothing is ever changed. Make one: sre-agent policy set propose")]
      : policyLines(policy, style)),
    "",
    table(
      ["NAMESPACE", "MODE", "BECAUSE"],
      ordered.slice(0, MAX_ROWS).map(({ namespace, mode, by }) => [namespace, mode, by]),
    ),
    ...(left > 0 ? [`(${left} more namespaces: -o json)`] : []),
    "",
    style(
      "dim",
      "The lowest of this, of the SreTrigger, SreInvestigation and SreAction, and of the action's class holds.",
    ),
  ].join("\n");
}

function policyLines({ spec }: SrePolicy, style: Terminal["style"]): readonly string[] {
  const { mode, rules = [], quotas, breaker, fourEyes } = spec;
  const colour = mode === "off" ? "red" : "green";
  return [
    `${style("bold", "SrePolicy")}  mode ${style(colour, mode)}, ${rules.length} rule${rules.length === 1 ? "" : "s"}, ${fourEyes === false ? "no four eyes" : "four eyes"}`,
    ...(mode === "off" ? [style("red", "  The kill switch is on: nothing is changed.")] : []),
    ...(quotas === undefined
      ? []
      : [
          `  at most ${quotas.perNamespacePerHour} changes an hour and ${quotas.perNamespacePerDay} a day in a namespace, ${quotas.openProposals} open proposals`,
        ]),
    ...(breaker === undefined ? [] : [`  stops after ${breaker.failures} failed changes within ${breaker.within}`]),
  ];
}
