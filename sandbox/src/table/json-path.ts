import { isRecord } from "../json.ts";

type Step =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "every" }
  | { readonly kind: "filter"; readonly path: readonly string[]; readonly value: string };

const TOKEN =
  /\.([A-Za-z_][\w-]*)|\[(-?\d+)\]|(\[\*\]|\.\*)|\[\?\(@\.([\w.]+)\s*==\s*["']([^"']*)["']\)\]|\['((?:[^'\\]|\\.)*)'\]/y;

/** The values that a printer column's JSONPath finds, in order. Throws TypeError on a path that it cannot read. */
export function jsonPath(object: unknown, path: string): readonly unknown[] {
  let found: readonly unknown[] = [object];
  for (const step of parse(path)) found = found.flatMap((value) => follow(value, step));
  return found;
}

function parse(path: string): readonly Step[] {
  const steps: Step[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < path.length) {
    const match = TOKEN.exec(path);
    if (match === null) throw new TypeError(`cannot read the JSONPath ${path}`);
    steps.push(toStep(match));
  }
  return steps;
}

function toStep([, field, index, every, filterPath, filterValue, quoted]: RegExpExecArray): Step {
  if (field !== undefined) return { kind: "field", name: field };
  if (index !== undefined) return { kind: "index", index: Number(index) };
  if (every !== undefined) return { kind: "every" };
  if (filterPath !== undefined) return { kind: "filter", path: filterPath.split("."), value: filterValue ?? "" };
  return { kind: "field", name: (quoted ?? "").replaceAll("\\.", ".") };
}

function follow(value: unknown, step: Step): readonly unknown[] {
  if (step.kind === "field") return isRecord(value) && step.name in value ? [value[step.name]] : [];
  if (step.kind === "every") return isRecord(value) ? Object.values(value) : items(value);
  if (step.kind === "index") return items(value).slice(step.index).slice(0, 1);
  return items(value).filter((item) => fieldOf(item, step.path) === step.value);
}

function items(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function fieldOf(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((current, name) => (isRecord(current) ? current[name] : undefined), value);
}
