import type { Terminal } from "../terminal/terminal.ts";

/** Tells the demo's stages as they happen, each line with the seconds since the start. */
export interface Narrator {
  /** A new stage begins; the time of the one before is taken. */
  stage(title: string): void;
  /** Something happened within the stage. */
  line(text: string): void;
  /** Text of several lines, indented under the stage. */
  block(text: string): void;
  /** Each stage with the seconds it took. */
  times(): readonly { readonly stage: string; readonly seconds: number }[];
}

export function createNarrator(terminal: Terminal, now: () => number): Narrator {
  const { style, out } = terminal;
  const started = now();
  const stages: { stage: string; at: number }[] = [];
  const stamp = () => style("dim", `${((now() - started) / 1000).toFixed(1).padStart(5)} s`);
  return {
    stage(title) {
      stages.push({ stage: title, at: now() });
      out(`${stamp()}  ${style("bold", title)}`);
    },
    line: (text) => out(`${stamp()}    ${text.replaceAll("\n", "\n           ")}`),
    block: (text) =>
      out(
        text
          .split("\n")
          .map((line) => `           ${line}`.trimEnd())
          .join("\n"),
      ),
    times() {
      const end = now();
      return stages.map(({ stage, at }, index) => ({ stage, seconds: ((stages[index + 1]?.at ?? end) - at) / 1000 }));
    },
  };
}
