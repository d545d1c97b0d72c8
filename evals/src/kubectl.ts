import { spawn } from "node:child_process";

const TIMEOUT_MS = 60_000;

/** How the harness itself changes the cluster: as a person would, never through what it judges. */
export interface Kubectl {
  /** Standard output. @throws Error with kubectl's own words. */
  run(args: readonly string[], input?: string): Promise<string>;
}

export function createKubectl(kubeconfig: string): Kubectl {
  return {
    run: (args, input) =>
      new Promise((resolve, reject) => {
        const child = spawn("kubectl", [`--kubeconfig=${kubeconfig}`, ...args], { timeout: TIMEOUT_MS });
        const out: string[] = [];
        const err: string[] = [];
        child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
        child.once("error", reject);
        child.once("close", (code) => {
          if (code === 0) resolve(out.join(""));
          else reject(new Error(`kubectl ${args.slice(0, 3).join(" ")}: ${err.join("").trim().slice(0, 500)}`));
        });
        child.stdin.end(input ?? "");
      }),
  };
}
