// git log --format=%s BASE..HEAD | node .github/check-commits.mjs
// Each line has to be a subject as https://www.conventionalcommits.org asks; exit code 1 and a line for each that is not.
import { readFileSync } from "node:fs";

const TYPES = ["feat", "fix", "docs", "test", "refactor", "perf", "build", "ci", "chore", "revert"];
const SUBJECT = new RegExp(`^(${TYPES.join("|")})(\\([a-z0-9-]+\\))?!?: \\S.*$`);
const MAX_LENGTH = 150;

function faultOf(subject) {
  if (!SUBJECT.test(subject)) return `is not "type(scope): what it does"; types: ${TYPES.join(", ")}`;
  if (subject.length > MAX_LENGTH) return `has ${subject.length} characters, more than ${MAX_LENGTH}`;
  return undefined;
}

// What a merge button writes is no change of its own.
const subjects = readFileSync(0, "utf8")
  .split("\n")
  .filter((subject) => subject !== "" && !subject.startsWith("Merge "));
const faults = subjects.map((subject) => [subject, faultOf(subject)]).filter(([, fault]) => fault !== undefined);

for (const [subject, fault] of faults) process.stderr.write(`"${subject}" ${fault}\n`);
process.stdout.write(`${subjects.length} commits, ${faults.length} faults\n`);
process.exitCode = faults.length === 0 ? 0 : 1;
