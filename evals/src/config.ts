import { join } from "node:path";

/** The kubeconfig of the cluster to run on. @throws Error when none is named: a run makes namespaces and faults. */
export function kubeconfigPath(): string {
  const path = process.env["KUBECONFIG"];
  if (path === undefined || path === "") {
    throw new Error("Set KUBECONFIG: the scenarios make namespaces and faults in that cluster, and remove them.");
  }
  return path;
}

const WORKSPACE = join(import.meta.dirname, "..");

export const CAPTURES = join(WORKSPACE, "captures");
export const KNOWN_MISSES = join(WORKSPACE, "known-misses.json");
export const SCOREBOARD = join(WORKSPACE, "scoreboard.json");
export const SCOREBOARD_PAGE = join(WORKSPACE, "../docs/evals.md");
