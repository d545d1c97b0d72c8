/** One leaf that differs: a JSON pointer and the values on both sides, undefined where it is absent. */
export interface FieldChange {
  readonly pointer: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every leaf in which two JSON values differ. null counts as absent, as the API server treats it. */
export function diffFields(before: unknown, after: unknown, pointer = ""): readonly FieldChange[] {
  // An absent map is an empty one, so that what appears in it is told by its own name.
  const left = before ?? (isMap(after) ? {} : undefined);
  const right = after ?? (isMap(before) ? {} : undefined);
  if (isContainer(left) && isContainer(right) && Array.isArray(left) === Array.isArray(right)) {
    const names = [...new Set([...Object.keys(left), ...Object.keys(right)])];
    return names.flatMap((name) => diffFields(left[name], right[name], `${pointer}/${escaped(name)}`));
  }
  if (left === right || (isEmpty(left) && isEmpty(right))) return [];
  return [{ pointer, before: left, after: right }];
}

function isContainer(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function isMap(value: unknown): boolean {
  return isContainer(value) && !Array.isArray(value);
}

/** `{}` and absent are one to the API server. */
function isEmpty(value: unknown): boolean {
  return value === undefined || (isContainer(value) && Object.values(value).every((item) => item === null));
}

const escaped = (name: string) => name.replaceAll("~", "~0").replaceAll("/", "~1");
