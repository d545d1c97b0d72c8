import { diffTemplates } from "@sre-agent/diagnosis";

/** Two lines a changed field, `-` what is there and `+` what will be; bounded, and says so. */
export function renderDiff(before: unknown, after: unknown): readonly string[] {
  const { changes, omitted } = diffTemplates(before, after);
  const lines = changes.flatMap(({ path, before: from, after: to }) => [
    ...(from === undefined ? [] : [`- ${path}: ${from}`]),
    ...(to === undefined ? [] : [`+ ${path}: ${to}`]),
  ]);
  return omitted > 0 ? [...lines, `… and ${omitted} more fields`] : lines;
}
