import { spawn } from "node:child_process";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { program } from "../../test/program.ts";

const MAIN = program("sre-agent");

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program as a person does, with exactly this environment. */
export function sreAgent(args: readonly string[], environment: Record<string, string> = {}): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env["PATH"] ?? "", ...environment } });
  return finished(child);
}

/** The same, interrupted by `signal` once it printed something that matches. */
export function interrupted(args: readonly string[], when: RegExp, signal: NodeJS.Signals): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env["PATH"] ?? "" } });
  child.stdout.on("data", (text: Buffer) => {
    if (when.test(text.toString())) child.kill(signal);
  });
  return finished(child);
}

/** The same, with a reader of standard output that goes away once something matches. */
export function leftAfter(args: readonly string[], when: RegExp): Promise<Finished> {
  const child = spawn(process.execPath, [MAIN, ...args], { env: { PATH: process.env["PATH"] ?? "" } });
  child.stdout.on("data", (text: Buffer) => {
    if (when.test(text.toString())) child.stdout.destroy();
  });
  return finished(child);
}

function finished(child: ReturnType<typeof spawn>): Promise<Finished> {
  const out = { stdout: "", stderr: "" };
  child.stdout?.on("data", (text) => {
    out.stdout += text;
  });
  child.stderr?.on("data", (text) => {
    out.stderr += text;
  });
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...out })));
}

/** A kubeconfig file with this content; its path. */
export async function kubeconfigFile(content: string): Promise<string> {
  const path = join(await mkdtemp(join(tmpdir(), "cli-test-")), "kubeconfig");
  await writeFile(path, content);
  return path;
}
