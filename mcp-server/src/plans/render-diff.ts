import { diffTemplates, type FieldChange } from "@sre-agent/diagnosis";

/** What a person can still be asked to read before an approval, and the ledger to keep. */
const MAX_CHARACTERS = 12_000;

/**
 * Two lines a changed field, `-` what is there and `+` what will be; bounded, and says so. Labels and annotations come last:
 * they are many where they are used to hide what a container runs.
 */
export function renderDiff(before: unknown, after: unknown): readonly string[] {
  const { changes } = diffTemplates(before, after, Number.POSITIVE_INFINITY);
  const ordered = [...changes].sort((a, b) => Number(isMetadata(a)) - Number(isMetadata(b)));
  const shown: string[] = [];
  let size = 0;
  for (const [index, change] of ordered.entries()) {
    const lines = linesOf(change);
    size += lines.join("\n").length + 1;
    if (size > MAX_CHARACTERS) return [...shown, `… and ${ordered.length - index} more fields`];
    shown.push(...lines);
  }
  return shown;
}

function isMetadata({ path }: FieldChange): boolean {
  return path.startsWith("spec.template.metadata.");
}

function linesOf({ path, before, after }: FieldChange): readonly string[] {
  return [
    ...(before === undefined ? [] : [oneLine(`- ${path}: ${before}`)]),
    ...(after === undefined ? [] : [oneLine(`+ ${path}: ${after}`)]),
  ];
}

/** The API server takes an image or a path with a line break: shown as it is, it would look like a change of its own. */
function oneLine(text: string): string {
  return text.replaceAll(
    /[\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
