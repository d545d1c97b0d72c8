import type { SreRemediation } from "@sre-agent/crds";
import type { Style } from "./terminal.ts";

/** A diff with its removed lines red and its added lines green. */
export function colouredDiff(diff: string, style: Style): string {
  return diff
    .split("\n")
    .map((line) => {
      if (line.startsWith("-")) return style("red", line);
      return line.startsWith("+") ? style("green", line) : line;
    })
    .join("\n");
}

/** All that an approver has to see: rendered by code from the record; the proposer's words stand apart. */
export function remediationView({ metadata, spec, status }: SreRemediation, style: Style): string {
  const { namespace, name, uid } = spec.action.target;
  return [
    style("bold", spec.summary),
    `  target    ${spec.action.target.kind} ${namespace}/${name} (uid ${uid})`,
    `  write     ${spec.write.verb} ${spec.write.resource}${spec.write.group === "" ? "" : `.${spec.write.group}`}`,
    `  record    ${metadata.name}, phase ${status?.phase ?? "Proposed"}, expires ${spec.expiresAt}`,
    `  allowed   by SreAction ${spec.authority.actionRef.name}, mode ${spec.authority.mode}`,
    `  digest    ${spec.approvalDigest}`,
    ...(spec.reason === undefined ? [] : [`  proposer  ${spec.proposer.user} says: ${JSON.stringify(spec.reason)}`]),
    "",
    colouredDiff(spec.diff, style),
  ].join("\n");
}
