import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { SCOREBOARD, SCOREBOARD_PAGE } from "./config.ts";
import type { Failure, Result } from "./run-scenario.ts";
import { complaintsOf, markdownTable, totalLines, totalsOf } from "./scoreboard.ts";

type Row = Result | Failure;

const [BEGIN, END] = ["<!-- scoreboard -->", "<!-- /scoreboard -->"];

/** Writes rows into the scoreboard and its page; scenarios that were not run keep the row they have. */
export function writeScoreboard(rows: readonly Row[], order: readonly string[]): void {
  const known = new Map([...written(), ...rows].map((row) => [row.id, row]));
  const merged = order.flatMap((id) => known.get(id) ?? []);
  const totals = totalsOf(merged);
  const scenarios = merged.map((row) => ({ ...withoutAnswer(row), complaints: complaintsOf(row) }));
  writeFileSync(SCOREBOARD, `${JSON.stringify({ totals, scenarios }, null, 2)}\n`);
  const page = readFileSync(SCOREBOARD_PAGE, "utf8");
  const figures = `\`\`\`text\n${totalLines(totals).join("\n")}\n\`\`\``;
  const [before = "", after = ""] = [page.split(BEGIN)[0], page.split(END)[1]];
  writeFileSync(SCOREBOARD_PAGE, `${before}${BEGIN}\n\n${figures}\n\n${markdownTable(merged)}\n\n${END}${after}`);
}

function written(): readonly Row[] {
  if (!existsSync(SCOREBOARD)) return [];
  return (JSON.parse(readFileSync(SCOREBOARD, "utf8")) as { readonly scenarios: readonly Row[] }).scenarios;
}

/** Names in an answer are those of one run. */
const withoutAnswer = (row: Row) => ("error" in row ? row : { ...row, answer: "" });
