import { isRecord } from "../../snapshot/json.ts";

const MAX_TEXT = 20_000;
const MAX_SETTINGS = 300;
const LINE = /^(\s*)(?:- )?["']?([A-Za-z][\w.-]*)["']?\s*[:=]\s*(.*)$/;

/**
 * The settings in the text of a file, by their names in capitals: JSON, YAML and properties as far as a line alone tells
 * (`db:` above `host: pg` is DB_HOST, as is `db.host=pg`).
 */
export function settingsInFile(text: string): ReadonlyMap<string, string> {
  const bounded = text.slice(0, MAX_TEXT);
  if (!/\n|^\s*\{/.test(bounded.trim())) return new Map();
  const entries = inJson(bounded) ?? inLines(bounded);
  return new Map(entries.slice(0, MAX_SETTINGS).map(([name, value]) => [settingName(name), value]));
}

/** `--db-host` and `db.host` as an env entry would be called. */
export function settingName(name: string): string {
  return name.replace(/[^A-Za-z0-9]+/g, "_").toUpperCase();
}

type Entry = readonly [name: string, value: string];

function inJson(text: string): readonly Entry[] | undefined {
  try {
    return leavesOf(JSON.parse(text), "");
  } catch {
    return undefined;
  }
}

function leavesOf(value: unknown, at: string): readonly Entry[] {
  if (typeof value === "string" || typeof value === "number") return [[at, String(value)]];
  if (Array.isArray(value)) return value.flatMap((item) => leavesOf(item, at));
  return isRecord(value)
    ? Object.entries(value).flatMap(([key, item]) => leavesOf(item, at === "" ? key : `${at}_${key}`))
    : [];
}

function inLines(text: string): readonly Entry[] {
  const parents: { readonly indent: number; readonly name: string }[] = [];
  return text.split("\n").flatMap((line): readonly Entry[] => {
    const [, space = "", name, rest = ""] = LINE.exec(line) ?? [];
    if (name === undefined) return [];
    while ((parents.at(-1)?.indent ?? -1) >= space.length) parents.pop();
    const value = rest
      .replace(/\s+#.*$/, "")
      .replace(/^["']|["'],?$/g, "")
      .trim();
    const path = [...parents.map((parent) => parent.name), name].join("_");
    if (value === "") parents.push({ indent: space.length, name });
    return value === "" ? [] : [[path, value]];
  });
}
