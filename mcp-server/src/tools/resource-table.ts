import type { Table } from "@sre-agent/kube";

type Row = Table["rows"][number];

/** Columns that differ from row to row without saying anything about its state. */
const VOLATILE = /^(name|age|last schedule|duration)$/i;
/** Endings of one family of names, from roomy to tight; the first under which all families together stay small. */
const ENDINGS_SHOWN = [12, 6, 3, 1];
const MAX_ENDINGS = 160;

const HEALTHY_STATUS = /^(Running|Completed|Succeeded|Active|Bound|Ready|True|Available|Complete|Normal|Healthy)$/;
const FINISHED_STATUS = /^(Completed|Succeeded|Complete)$/;

/** `true`: unwell; `false`: well; undefined: the cell says nothing about it. */
type Verdict = (cell: string, row: (column: string) => string) => boolean | undefined;

const fraction: Verdict = (cell) => {
  const [, ready, wanted] = /^(\d+)\/(\d+)$/.exec(cell) ?? [];
  return ready === undefined ? undefined : ready !== wanted;
};
const status: Verdict = (cell) => (cell === "" ? undefined : !HEALTHY_STATUS.test(cell));

/** What says how an object is, by the column's name in lower case. */
const VERDICTS: Readonly<Record<string, Verdict>> = {
  ready: (cell, row) => {
    // DaemonSets and ReplicaSets have plain numbers in columns of their own.
    if (/^\d+$/.test(cell)) return Number(cell) < Number(row("desired") || "0");
    return fraction(cell, row) ?? (/^(True|False|Unknown)$/.test(cell) ? cell !== "True" : undefined);
  },
  completions: (cell, row) => (row("status") === "" ? fraction(cell, row) : undefined),
  status,
  phase: status,
  type: (cell) => (/^(Normal|Warning)$/.test(cell) ? cell === "Warning" : undefined),
};

function verdicts(table: Table, row: Row): readonly boolean[] {
  const named = new Map(table.columns.map(({ name }, index) => [name.toLowerCase(), String(row.cells[index] ?? "")]));
  const cellOf = (column: string) => named.get(column) ?? "";
  const finished = FINISHED_STATUS.test(cellOf("status"));
  if (finished) return [false];
  return [...named].flatMap(([column, cell]) => VERDICTS[column]?.(cell, cellOf) ?? []);
}

/** By what the table shows: `1/3` ready, or a status that is none of the good ones. */
export function isUnhealthy(table: Table, row: Row): boolean {
  return verdicts(table, row).includes(true);
}

/** False when no column of this kind says how an object is: then "none unhealthy" would be a guess. */
export function showsHealth(table: Table): boolean {
  return table.rows.length === 0 || table.rows.some((row) => verdicts(table, row).length > 0);
}

/** Rows as lines, the unhealthy first; rows alike in all but name and age share one. Names that begin alike are folded: `web-1a-{x,y}`. */
export function tableText(table: Table, rows: readonly Row[]): string {
  const columns = table.columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ name, priority }) => priority === 0 && !VOLATILE.test(name));
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = [row.namespace ?? "", ...columns.map(({ index }) => cellText(row.cells[index]))].join("\t");
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const header = ["NAMESPACE", ...columns.map(({ name }) => name.toUpperCase()), "NAMES"].join(" | ");
  const isUnwell = ([, [first]]: [string, Row[]]) => first !== undefined && isUnhealthy(table, first);
  const all = [...groups];
  const ordered = [...all.filter(isUnwell), ...all.filter((group) => !isUnwell(group))];
  const named = ordered.map(([key, members]) => ({ key, families: familiesOf(members) }));
  const limit = endingsShown(named.flatMap(({ families }) => [...families.values()]));
  const lines = named.map(({ key, families }) => `${key.split("\t").join(" | ")} | ${namesText(families, limit)}`);
  return [header, ...lines].join("\n");
}

/** Columns of other people's kinds may hold any text: one line, and not the tab between cells. */
const cellText = (cell: Row["cells"][number] | undefined) => String(cell ?? "").replace(/\s+/g, " ");

/** Endings of names by what comes before them: `web-1a-` of `web-1a-x` and `web-1a-y`. */
type Families = ReadonlyMap<string, readonly string[]>;

function endingsShown(families: readonly (readonly string[])[]): number {
  const total = (limit: number) => families.reduce((sum, endings) => sum + Math.min(endings.length, limit), 0);
  return ENDINGS_SHOWN.find((limit) => total(limit) <= MAX_ENDINGS) ?? 1;
}

function familiesOf(rows: readonly Row[]): Families {
  const families = new Map<string, string[]>();
  for (const { name } of rows) {
    const cut = name.lastIndexOf("-") + 1;
    const stem = name.slice(0, cut);
    families.set(stem, [...(families.get(stem) ?? []), name.slice(cut)]);
  }
  return families;
}

function namesText(families: Families, limit: number): string {
  return [...families].map(([stem, endings]) => familyText(stem, endings, limit)).join(" ");
}

function familyText(stem: string, endings: readonly string[], limit: number): string {
  if (endings.length === 1) return `${stem}${endings[0]}`;
  const left = endings.length - limit;
  const shown = endings.slice(0, limit).join(",");
  return `${endings.length}× ${stem}{${shown}${left > 0 ? `,… ${left} more` : ""}}`;
}
