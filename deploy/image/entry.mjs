// Entry of the image: starts the role that its one argument names. Plain JavaScript, since nothing is built from it.
const ROLES = ["operator", "agent", "mcp-read", "mcp-act"];
const role = process.argv[2] ?? "";

if (ROLES.includes(role)) {
  await import(`./${role}.mjs`);
} else {
  process.stderr.write(`error: "${role}" is no role\nnext: give one argument, one of ${ROLES.join(", ")}\n`);
  process.exitCode = 2;
}
