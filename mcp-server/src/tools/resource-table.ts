import type { Table } from "@sre-agent/kube";

type Row = Table["rows"][number];

/** Columns that differ from row to row without saying anything about its state. */
const VOLATILE = /^(name|age|last schedule|duration)$/i;
const NAMES_SHOWN = 12;

const HEALTHY_STATUS = /^(Running|Completed|Succeeded|Active|Bound|Ready|True|Available|Complete)$/;

/** By what the table shows: `1/3` ready, or a status that is none of the good ones. */
export function isUnhealthy(table: Table, row: Row): boolean {
  const finished = table.columns.some(
    ({ name }, index) => /^status$/i.test(name) && /^(Completed|Succeeded)$/.test(String(row.cells[index])),
  );
  if (finished) return false;
  return table.columns.some(({ name }, index) => {
    const cell = String(row.cells[index] ?? "");
    const [, ready, wanted] = /^(\d+)\/(\d+)$/.exec(cell) ?? [];
    if (/^(ready|completions)$/i.test(name) && ready !== undefined) return ready !== wanted;
    return /^(status|phase)$/i.test(name) && cell !== "" && !HEALTHY_STATUS.test(cell);
  });
}

/** Rows as lines; rows alike in all but name and age share one. Names that begin alike are folded: `web-1a-{x,y}`. */
export function tableText(table: Table, rows: readonly Row[]): string {
  const columns = table.columns
    .map((column, index) => ({ ...column, index }))
    .filter(({ name, priority }) => priority === 0 && !VOLATILE.test(name));
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const key = [row.namespace ?? "", ...columns.map(({ index }) => String(row.cells[index] ?? ""))].join("\t");
    groups.set(key, [...(groups.get(key) ?? []), row]);
  }
  const header = ["NAMESPACE", ...columns.map(({ name }) => name.toUpperCase()), "NAMES"].join(" | ");
  const lines = [...groups].map(([key, members]) => `${key.split("\t").join(" | ")} | ${namesText(members)}`);
  return [header, ...lines].join("\n");
}

function namesText(rows: readonly Row[]): string {
  const families = new Map<string, string[]>();
  for (const { name } of rows) {
    const cut = name.lastIndexOf("-") + 1;
    const stem = name.slice(0, cut);
    families.set(stem, [...(families.get(stem) ?? []), name.slice(cut)]);
  }
  return [...families].map(([stem, endings]) => familyText(stem, endings)).join(" ");
}

function familyText(stem: string, endings: readonly string[]): string {
  if (endings.length === 1) return `${stem}${endings[0]}`;
  const left = endings.length - NAMES_SHOWN;
  const shown = endings.slice(0, NAMES_SHOWN).join(",");
  return `${endings.length}× ${stem}{${shown}${left > 0 ? `,… ${left} more` : ""}}`;
}
