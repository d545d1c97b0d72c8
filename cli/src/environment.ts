import type { Environment } from "@sre-agent/frame";

/** The one place of the CLI that reads the process's environment. */
export function processEnvironment(): Environment {
  return process.env;
}
