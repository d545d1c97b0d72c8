import { spawn } from "node:child_process";
import { createServer } from "node:net";
import { UserError } from "@sre-agent/frame";
import { systemClock } from "@sre-agent/kube";

/** One process of the stack, started from this very program. */
export interface Process {
  readonly name: string;
  readonly pid: number;
  /** SIGTERM, then SIGKILL when it does not end by itself. */
  stop(): Promise<void>;
  /** SIGKILL: for tests of what survives it. */
  kill(): Promise<void>;
  /** The last lines it logged. */
  log(): string;
}

export interface ProcessOptions {
  readonly name: string;
  /** Node's own arguments, the script, and the command. */
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly onLine?: (line: string) => void;
}

const KEPT_LINES = 200;
const STOP_WITHIN_MS = 5_000;
const READY_WITHIN_MS = 120_000;
const POLL_MS = 50;

/**
 * Starts a process with exactly the environment it is given, so that no credential of ours leaks into it. It ends with
 * this process, however this one ends: its end of the IPC channel tells.
 */
export function startProcess({ name, args, environment, onLine }: ProcessOptions): Process {
  const child = spawn(process.execPath, args, { env: environment, stdio: ["ignore", "ignore", "pipe", "ipc"] });
  const lines: string[] = [];
  let rest = "";
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    for (const line of parts) {
      lines.push(line);
      if (lines.length > KEPT_LINES) lines.shift();
      onLine?.(line);
    }
  });
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  return {
    name,
    pid: child.pid ?? -1,
    log: () => [...lines, rest].join("\n"),
    async kill() {
      child.kill("SIGKILL");
      await exited;
    },
    async stop() {
      child.kill("SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), STOP_WITHIN_MS);
      await exited;
      clearTimeout(late);
    },
  };
}

/** Until the process answers ready. @throws UserError with the last log lines when it ends or takes too long. */
export async function untilReady(process: Process, url: string, signal: AbortSignal): Promise<void> {
  const deadline = systemClock.now() + READY_WITHIN_MS;
  while (!(await isReady(url))) {
    if (!isRunning(process) || systemClock.now() > deadline) {
      throw new UserError(`${process.name} did not become ready.`, { nextStep: `Its last words:\n${process.log()}` });
    }
    await systemClock.sleep(POLL_MS, signal);
  }
}

async function isReady(url: string): Promise<boolean> {
  return fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    // Not listening yet.
    () => false,
  );
}

function isRunning({ pid }: Process): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise<void>((resolve) => server.close(() => resolve()));
  if (address === null || typeof address === "string") throw new TypeError("a TCP server has a port");
  return address.port;
}
