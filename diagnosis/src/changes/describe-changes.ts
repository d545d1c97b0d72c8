import { describeChange } from "./changes-of.ts";
import type { FieldChange } from "./diff-templates.ts";

/** What changed, in words, in the order of paths; a container that came or went is told as a whole. */
export function describeChanges(changes: readonly FieldChange[]): readonly string[] {
  const wholes = changes.flatMap(wholeOf);
  const words = changes.map((change) => {
    const whole = wholes.find(({ path }) => change.path.startsWith(`${path}.`));
    return whole?.words ?? describeChange(change);
  });
  return [...new Set(words)];
}

interface Whole {
  readonly path: string;
  readonly words: string;
}

const IMAGE = /^(.*\.(initContainers|containers)\[([^\]]*)\])\.image$/;

/** Every container has an image: one that came or went did so with its container. */
function wholeOf({ path, before, after }: FieldChange): readonly Whole[] {
  const [, container, list, name] = IMAGE.exec(path) ?? [];
  if (container === undefined || (before !== undefined && after !== undefined)) return [];
  const verb = before === undefined ? "added" : "removed";
  const kind = list === "initContainers" ? "init container" : "container";
  return [{ path: container, words: `${verb} ${kind} ${name} (image ${after ?? before})` }];
}
