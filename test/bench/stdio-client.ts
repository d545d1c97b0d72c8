import { type ChildProcess, spawn } from "node:child_process";
import { type Figures, figuresOf } from "./process-figures.ts";

/** A stdio MCP client of the fewest parts, so that what is measured is the server. */
export interface StdioClient {
  readonly startedAt: number;
  /** @throws Error when it has ended. */
  request(method: string, params: object): Promise<unknown>;
  /** @throws Error when it has ended. */
  figures(): Figures;
  stop(): Promise<void>;
  /** As clients end: the server goes by itself, and keeps what it compiled. */
  hangUp(): Promise<void>;
}

export function startStdio(command: readonly string[], environment: Readonly<Record<string, string>>): StdioClient {
  const [program = "", ...args] = command;
  const startedAt = performance.now();
  const child: ChildProcess = spawn(program, args, { env: environment, stdio: ["pipe", "pipe", "inherit"] });
  const waiting = new Map<number, (result: unknown) => void>();
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  let rest = "";
  let next = 0;
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = JSON.parse(line) as { readonly id?: number };
      if (message.id !== undefined) waiting.get(message.id)?.(message);
    }
  });
  return {
    startedAt,
    request(method, params) {
      next += 1;
      const id = next;
      child.stdin?.write(`${JSON.stringify({ jsonrpc: "2.0", id, method, params })}\n`);
      const answer = new Promise((resolve) => waiting.set(id, resolve));
      return Promise.race([answer, ended.then(() => Promise.reject(new Error(`${command.join(" ")} has ended`)))]);
    },
    figures() {
      const figures = figuresOf(child.pid ?? 0);
      if (figures === undefined) throw new Error(`${command.join(" ")} has ended`);
      return figures;
    },
    async hangUp() {
      child.stdin?.end();
      await ended;
    },
    async stop() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}
