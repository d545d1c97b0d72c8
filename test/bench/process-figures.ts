import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

/** What Linux tells of a process; of one that has ended, what it told last. */
export interface Figures {
  readonly cpuMs: number;
  readonly rssMiB: number;
  /** The highest resident set so far. */
  readonly peakMiB: number;
}

export interface Run extends Figures {
  readonly wallMs: number;
  readonly output: string;
}

export interface Program {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Ends it. */
  readonly signal?: AbortSignal;
}

/** Clock ticks of /proc, which Linux fixes for every architecture. */
const TICK_MS = 10;
/** What happens after the last look is not seen: the figures miss this much of the end at most. */
const LOOK_MS = 5;

/** Undefined when the process is no more. */
export function figuresOf(pid: number): Figures | undefined {
  try {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const mib = (field: string) => Number(new RegExp(`${field}:\\s+(\\d+)`).exec(status)?.[1]) / 1024;
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    return Number.isNaN(mib("VmHWM")) ? undefined : { cpuMs, rssMiB: mib("VmRSS"), peakMiB: mib("VmHWM") };
  } catch {
    return undefined;
  }
}

/** Runs a program to its end. @throws Error with what it wrote to standard error when it fails. */
export async function measuredRun({ command: [program = "", ...args], environment, signal }: Program): Promise<Run> {
  const startedAt = performance.now();
  const child = spawn(program, args, { env: environment, stdio: ["ignore", "pipe", "pipe"] });
  const end = () => child.kill("SIGKILL");
  signal?.addEventListener("abort", end, { once: true });
  let [output, errors] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (errors += text));
  let figures: Figures = { cpuMs: 0, rssMiB: 0, peakMiB: 0 };
  const look = setInterval(() => {
    figures = figuresOf(child.pid ?? 0) ?? figures;
  }, LOOK_MS);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  clearInterval(look);
  signal?.removeEventListener("abort", end);
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}: ${errors}`);
  return { ...figures, output, wallMs: performance.now() - startedAt };
}

/** Asks again and again until something is there. @throws Error naming `what` after `withinMs`. */
export async function until<T>(
  what: string,
  withinMs: number,
  ask: () => Promise<T | undefined> | T | undefined,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs / 1000} s: ${what}`);
    await sleep(100);
  }
}
