import nodeModule from "node:module";
import { nodeFault } from "./node-version.ts";

// An old Node.js fails at the first import of what it lacks, with a stack: the rest is loaded after it was looked at.
const fault = nodeFault(process.versions.node);
if (fault === undefined) {
  // What was compiled once is read from disk at the next start.
  nodeModule.enableCompileCache();
  const { runProgram } = await import("./program.ts");
  process.exitCode = await runProgram();
} else {
  process.stderr.write(`${fault}\n`);
  process.exitCode = 1;
}
