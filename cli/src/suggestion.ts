import { nearestName } from "@sre-agent/frame";

/** ` Did you mean "shop"?`, or nothing where no name is near. */
export function suggestion(name: string, legal: readonly string[]): string {
  const nearest = nearestName(name, legal);
  return nearest === undefined || !isNear(name, nearest) ? "" : ` Did you mean "${nearest}"?`;
}

/** A word of which most letters are others is no misspelling: half of its letters, in order, have to be there. */
function isNear(name: string, nearest: string): boolean {
  const [shorter, longer] = name.length < nearest.length ? [name, nearest] : [nearest, name];
  let at = -1;
  const found = [...shorter].filter((letter) => {
    const next = longer.indexOf(letter, at + 1);
    if (next !== -1) at = next;
    return next !== -1;
  });
  return found.length * 2 > longer.length;
}
