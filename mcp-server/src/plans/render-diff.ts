import { diffTemplates } from "@sre-agent/diagnosis";

/** Two lines a changed field, `-` what is there and `+` what will be; bounded, and says so. */
export function renderDiff(before: unknown, after: unknown): readonly string[] {
  const { changes, omitted } = diffTemplates(before, after);
  const lines = changes.flatMap(({ path, before: from, after: to }) => [
    ...(from === undefined ? [] : [oneLine(`- ${path}: ${from}`)]),
    ...(to === undefined ? [] : [oneLine(`+ ${path}: ${to}`)]),
  ]);
  return omitted > 0 ? [...lines, `… and ${omitted} more fields`] : lines;
}

/** The API server takes an image or a path with a line break: shown as it is, it would look like a change of its own. */
function oneLine(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
