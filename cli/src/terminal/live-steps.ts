import type { JournalEntry, TranscriptEntry, Usage } from "@sre-agent/crds";
import { projectWhole } from "@sre-agent/operator";
import type { Terminal } from "./terminal.ts";
import { STEP_MARKS } from "./transcript-view.ts";
import { spentText } from "./usage-text.ts";

/** Prints the steps of a run as they happen, on standard error. */
export interface LiveSteps {
  /** The next entry of the journal, and what the run has spent so far. */
  entry(entry: JournalEntry, spent: Usage): void;
}

export interface LiveStepsOptions {
  readonly terminal: Terminal;
  readonly scrub: (text: string) => string;
}

/** What goes on after an entry of this kind, until the next one. */
const WAITING: Partial<Record<JournalEntry["kind"], string>> = {
  begun: "thinking …",
  turn: "looking …",
  results: "thinking …",
  note: "thinking …",
};

export function createLiveSteps({ terminal, scrub }: LiveStepsOptions): LiveSteps {
  const { style, err, progress } = terminal;
  const journal: JournalEntry[] = [];
  let shown = 0;
  return {
    entry(entry, spent) {
      journal.push(entry);
      const began = Date.parse(journal[0]?.at ?? entry.at);
      const lines = projectWhole(journal, scrub);
      for (const line of lines.slice(shown)) err(stepLine(line, began, terminal));
      shown = lines.length;
      const cost = entry.kind === "turn" ? spentText(spent) : [];
      if (cost.length > 0) err(style("dim", `${INDENT}so far ${cost.join(", ")}`));
      const waiting = WAITING[entry.kind];
      if (waiting !== undefined) progress(style("dim", `${INDENT}${waiting}`));
    },
  };
}

const INDENT = " ".repeat(10);

/** One line a step; on a terminal no longer than it is wide, since the report says all of it again. */
function stepLine({ at, kind, title, ok }: TranscriptEntry, began: number, { style, width }: Terminal): string {
  const seconds = `${((Date.parse(at) - began) / 1000).toFixed(1).padStart(6)} s`;
  const room = width - seconds.length - 4;
  const short = title.length > room ? `${title.slice(0, room - 1)}…` : title;
  return `${style("dim", seconds)}  ${STEP_MARKS[kind]} ${ok === false ? style("red", short) : short}`;
}
